#include "scheduler/core/fragments.h"

#include <iterator>

#include "common/base/check.h"

namespace pi::scheduler {

void Fragments::insert(const Fragment& fragment) {
  SampleRange range = fragment.tally.range;
  PI_CHECK(range.begin < range.end);
  PI_CHECK(!intersects(range));

  auto next = byBegin_.lower_bound(range.end);
  Fragment merged = fragment;
  if (next != byBegin_.end() && next->first == range.end &&
      next->second.contributor == fragment.contributor) {
    merged.tally.range.end = next->second.tally.range.end;
    merged.tally.hits += next->second.tally.hits;
    changed_.insert(next->first);
    next = byBegin_.erase(next);
  }
  if (next != byBegin_.begin()) {
    Fragment& before = std::prev(next)->second;
    if (before.tally.range.end == range.begin && before.contributor == fragment.contributor) {
      before.tally.range.end = merged.tally.range.end;
      before.tally.hits += merged.tally.hits;
      changed_.insert(before.tally.range.begin);
      return;
    }
  }
  byBegin_.emplace_hint(next, range.begin, merged);
  changed_.insert(range.begin);
  if (count() <= max_) return;
  joinNeighbours();
  // Otherwise half of `max` more can come before the next time, so joining is rare.
  haveTooManyGaps_ = count() > max_ / kGapsDivisor;
}

void Fragments::joinNeighbours() {
  auto last = byBegin_.begin();
  for (auto next = std::next(last); next != byBegin_.end();) {
    Fragment& before = last->second;
    if (before.tally.range.end != next->first) {
      last = next++;
      continue;
    }
    before.tally.range.end = next->second.tally.range.end;
    before.tally.hits += next->second.tally.hits;
    before.contributor = kSeveral;
    changed_.insert(last->first);
    changed_.insert(next->first);
    next = byBegin_.erase(next);
  }
}

void Fragments::restore(const Fragment& fragment) {
  SampleRange range = fragment.tally.range;
  PI_CHECK(range.begin < range.end);
  PI_CHECK(!intersects(range));
  byBegin_.emplace(range.begin, fragment);
}

Fragments::Changed Fragments::takeChanges() {
  Changed changed;
  for (std::uint64_t begin : changed_) {
    auto found = byBegin_.find(begin);
    if (found == byBegin_.end()) {
      changed.erased.push_back(begin);
    } else {
      changed.put.push_back(found->second);
    }
  }
  changed_.clear();
  return changed;
}

bool Fragments::intersects(SampleRange range) const {
  if (range.empty()) return false;
  auto next = byBegin_.lower_bound(range.end);
  return next != byBegin_.begin() && std::prev(next)->second.tally.range.end > range.begin;
}

bool Fragments::holds(SampleRange range, WorkerId contributor) const {
  auto next = byBegin_.upper_bound(range.begin);
  if (next == byBegin_.begin()) return false;
  const Fragment& fragment = std::prev(next)->second;
  bool isIts = fragment.contributor == contributor || fragment.contributor == kSeveral;
  return isIts && fragment.tally.range.contains(range);
}

void Fragments::checkInvariants() const {
  const Fragment* before = nullptr;
  for (const auto& [begin, fragment] : byBegin_) {
    PI_CHECK(fragment.tally.range.begin == begin);
    PI_CHECK(!fragment.tally.range.empty());
    if (before != nullptr) {
      PI_CHECK(before->tally.range.end <= begin);
      bool adjoin = before->tally.range.end == begin;
      PI_CHECK(!adjoin || before->contributor != fragment.contributor);
    }
    before = &fragment;
  }
}

std::vector<Fragment> Fragments::all() const {
  std::vector<Fragment> fragments;
  fragments.reserve(byBegin_.size());
  for (const auto& [begin, fragment] : byBegin_) fragments.push_back(fragment);
  return fragments;
}

}  // namespace pi::scheduler
