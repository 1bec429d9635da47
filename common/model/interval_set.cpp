#include "common/model/interval_set.h"

#include <algorithm>
#include <iterator>

namespace pi {

void IntervalSet::insert(SampleRange range) {
  if (range.empty()) return;
  auto next = ends_.upper_bound(range.begin);
  if (next != ends_.begin() && std::prev(next)->second >= range.begin) --next;
  // `next` is the first interval that overlaps or touches the range, if there is one.
  while (next != ends_.end() && next->first <= range.end) {
    range.begin = std::min(range.begin, next->first);
    range.end = std::max(range.end, next->second);
    size_ -= next->second - next->first;
    next = ends_.erase(next);
  }
  ends_.emplace_hint(next, range.begin, range.end);
  size_ += range.size();
}

void IntervalSet::erase(SampleRange range) {
  for (SampleRange piece : within(range)) {
    auto holder = std::prev(ends_.upper_bound(piece.begin));
    std::uint64_t holderEnd = holder->second;
    if (holder->first == piece.begin) {
      ends_.erase(holder);
    } else {
      holder->second = piece.begin;
    }
    if (piece.end < holderEnd) ends_.emplace(piece.end, holderEnd);
    size_ -= piece.size();
  }
}

bool IntervalSet::contains(SampleRange range) const {
  if (range.empty()) return true;
  auto next = ends_.upper_bound(range.begin);
  return next != ends_.begin() && std::prev(next)->second >= range.end;
}

bool IntervalSet::intersects(SampleRange range) const {
  if (range.empty()) return false;
  auto next = ends_.lower_bound(range.end);
  return next != ends_.begin() && std::prev(next)->second > range.begin;
}

std::vector<SampleRange> IntervalSet::within(SampleRange range) const {
  std::vector<SampleRange> pieces;
  if (range.empty()) return pieces;
  auto next = ends_.upper_bound(range.begin);
  if (next != ends_.begin()) --next;
  for (; next != ends_.end() && next->first < range.end; ++next) {
    SampleRange piece = intersection({.begin = next->first, .end = next->second}, range);
    if (!piece.empty()) pieces.push_back(piece);
  }
  return pieces;
}

std::vector<SampleRange> IntervalSet::ranges() const {
  std::vector<SampleRange> all;
  all.reserve(ends_.size());
  for (auto [begin, end] : ends_) all.push_back({.begin = begin, .end = end});
  return all;
}

}  // namespace pi
