#include "scheduler/core/open_ranges.h"

#include <iterator>

#include "common/base/check.h"

namespace pi::scheduler {
namespace {

constexpr WorkerId kNoOwner{};

}  // namespace

OpenRanges::OpenRanges(SampleRange whole) { add(whole, kNoOwner); }

SampleRange OpenRanges::assignArena(WorkerId worker, const Split& split) {
  PI_CHECK(!empty());
  auto known = arenas_.find(worker);
  auto piece = known == arenas_.end() ? adopt(worker, split) : pieces_.find(known->second);
  PI_CHECK(piece != pieces_.end());
  return {.begin = piece->first, .end = piece->second.end};
}

OpenRanges::Pieces::iterator OpenRanges::adopt(WorkerId worker, const Split& split) {
  auto best = pieces_.find(ranks_.begin()->begin);
  SampleRange range{.begin = best->first, .end = best->second.end};
  WorkerId owner = best->second.owner;
  remove(best);
  if (owner != kNoOwner || split.sparesFronts) {
    std::uint64_t middle = range.begin + range.size() / 2;
    std::uint64_t aligned = middle - middle % split.unit;
    if (aligned > range.begin && range.end - aligned >= split.least) {
      add({.begin = range.begin, .end = aligned}, owner);
      range.begin = aligned;
    }
  }
  add(range, worker);
  return pieces_.find(range.begin);
}

void OpenRanges::take(SampleRange range) {
  if (range.empty()) return;
  auto piece = pieces_.upper_bound(range.begin);
  if (piece != pieces_.begin()) --piece;
  while (piece != pieces_.end() && piece->first < range.end) {
    SampleRange held{.begin = piece->first, .end = piece->second.end};
    WorkerId owner = piece->second.owner;
    auto next = std::next(piece);
    if (held.intersects(range)) {
      remove(piece);
      bool ownsRest = held.end > range.end;  // Lending continues there, so the owner keeps it.
      if (held.begin < range.begin) {
        add({.begin = held.begin, .end = range.begin}, ownsRest ? kNoOwner : owner);
      }
      if (ownsRest) add({.begin = range.end, .end = held.end}, owner);
    }
    piece = next;
  }
}

bool OpenRanges::claim(SampleRange range, WorkerId worker) {
  if (range.empty() || !contains(range)) return false;
  take(range);
  auto behind = pieces_.find(range.end);
  if (behind == pieces_.end() || behind->second.owner != kNoOwner || arenas_.contains(worker)) {
    return true;
  }
  SampleRange rest{.begin = behind->first, .end = behind->second.end};
  remove(behind);
  add(rest, worker);
  return true;
}

bool OpenRanges::contains(SampleRange range) const {
  auto piece = pieces_.upper_bound(range.begin);
  if (piece == pieces_.begin()) return false;
  std::uint64_t covered = std::prev(piece)->second.end;
  for (; covered < range.end && piece != pieces_.end() && piece->first == covered; ++piece) {
    covered = piece->second.end;
  }
  return covered >= range.end;
}

void OpenRanges::put(SampleRange range, WorkerId worker) {
  if (range.empty()) return;
  auto next = pieces_.lower_bound(range.begin);
  if (next != pieces_.end()) PI_CHECK(next->first >= range.end);
  if (next != pieces_.begin()) PI_CHECK(std::prev(next)->second.end <= range.begin);

  WorkerId owner = kNoOwner;
  if (next != pieces_.end() && next->first == range.end &&
      (next->second.owner == kNoOwner || next->second.owner == worker)) {
    owner = next->second.owner;
    range.end = next->second.end;
    auto merged = next++;
    remove(merged);
  }
  if (owner == kNoOwner && next != pieces_.begin()) {
    auto before = std::prev(next);
    if (before->second.end == range.begin && before->second.owner == kNoOwner) {
      range.begin = before->first;
      remove(before);
    }
  }
  add(range, owner);
}

void OpenRanges::release(WorkerId worker) {
  auto arena = arenas_.find(worker);
  if (arena == arenas_.end()) return;
  auto piece = pieces_.find(arena->second);
  PI_CHECK(piece != pieces_.end());
  SampleRange range{.begin = piece->first, .end = piece->second.end};
  remove(piece);
  put(range, kNoOwner);
}

std::vector<SampleRange> OpenRanges::ranges() const {
  std::vector<SampleRange> all;
  for (const auto& [begin, piece] : pieces_) all.push_back({.begin = begin, .end = piece.end});
  return all;
}

void OpenRanges::add(SampleRange range, WorkerId owner) {
  PI_CHECK(range.begin < range.end);
  auto piece = pieces_.emplace(range.begin, Piece{.end = range.end, .owner = owner}).first;
  PI_CHECK(ranks_.insert(rankOf(piece)).second);
  if (owner != kNoOwner) PI_CHECK(arenas_.emplace(owner, range.begin).second);
  size_ += range.size();
}

void OpenRanges::remove(Pieces::iterator piece) {
  if (piece->second.owner != kNoOwner) arenas_.erase(piece->second.owner);
  size_ -= piece->second.end - piece->first;
  ranks_.erase(rankOf(piece));
  pieces_.erase(piece);
}

OpenRanges::Rank OpenRanges::rankOf(Pieces::const_iterator piece) {
  return {.isOwned = piece->second.owner != kNoOwner,
          .lessThanMost = ~(piece->second.end - piece->first),
          .begin = piece->first};
}

void OpenRanges::checkInvariants() const {
  std::uint64_t sum = 0, last = 0;
  std::size_t owned = 0;
  for (const auto& [begin, piece] : pieces_) {
    PI_CHECK(begin < piece.end);
    PI_CHECK(begin >= last);
    last = piece.end;
    sum += piece.end - begin;
    if (piece.owner == kNoOwner) continue;
    ++owned;
    auto arena = arenas_.find(piece.owner);
    PI_CHECK(arena != arenas_.end());
    PI_CHECK(arena->second == begin);
  }
  PI_CHECK(ranks_.size() == pieces_.size());
  for (auto piece = pieces_.begin(); piece != pieces_.end(); ++piece) {
    PI_CHECK(ranks_.contains(rankOf(piece)));
  }
  PI_CHECK(sum == size_);
  PI_CHECK(owned == arenas_.size());
}

}  // namespace pi::scheduler
