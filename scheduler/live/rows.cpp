#include "scheduler/live/rows.h"

#include <iterator>

namespace pi::scheduler::live {

bool RowCursor::write(std::uint64_t id, const RowTexts::Row& row, FrameText& frame) {
  std::uint64_t& sent = sent_[id];
  if (sent == row.version) return true;
  if (!frame.add(row.text)) {
    if (sent == 0) sent_.erase(id);
    next_ = id;
    return false;
  }
  sent = row.version;
  return true;
}

void RowCursor::writeChanged(const RowTexts& rows, FrameText& frame) {
  const auto& all = rows.all();
  auto begin = next_ ? std::make_reverse_iterator(all.upper_bound(*next_)) : all.rbegin();
  next_.reset();
  for (auto row = begin; row != all.rend(); ++row) {
    if (!write(row->first, row->second, frame)) return;
  }
  for (auto row = all.rbegin(); row != begin; ++row) {
    if (!write(row->first, row->second, frame)) return;
  }
}

void RowCursor::writeGone(const RowTexts& rows, FrameText& frame) {
  if (removalsSeen_ == rows.removals()) return;
  for (auto sent = sent_.begin(); sent != sent_.end();) {
    bool isGone = !rows.all().contains(sent->first);
    if (isGone && !frame.add(std::to_string(sent->first))) return;
    sent = isGone ? sent_.erase(sent) : std::next(sent);
  }
  removalsSeen_ = rows.removals();
}

void RowCursor::forgetGone(const RowTexts& rows) {
  if (removalsSeen_ == rows.removals()) return;
  std::erase_if(sent_, [&](const auto& sent) { return !rows.all().contains(sent.first); });
  removalsSeen_ = rows.removals();
}

}  // namespace pi::scheduler::live
