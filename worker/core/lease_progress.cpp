#include "worker/core/lease_progress.h"

#include <algorithm>

#include "common/base/check.h"
#include "worker/core/finished_run.h"

namespace pi::worker {

void LeaseProgress::add(const LeaseTally& span) {
  SampleRange range = span.tally.range;
  PI_CHECK(range.begin >= rest_.begin);
  PI_CHECK(range.begin < range.end);
  if (range.begin >= rest_.end) return;
  PI_CHECK(range.end <= rest_.end);
  bool isNew = spans_.emplace(range.begin, span).second;
  PI_CHECK(isNew);
}

std::optional<LeaseTally> LeaseProgress::takePrefix() {
  std::optional<LeaseTally> prefix;
  for (auto span = spans_.begin(); span != spans_.end() && span->first == rest_.begin;
       span = spans_.erase(span)) {
    rest_.begin = span->second.tally.range.end;
    if (prefix) {
      append(*prefix, span->second);
    } else {
      prefix = span->second;
    }
  }
  return prefix;
}

void LeaseProgress::truncate(std::uint64_t end) {
  rest_.end = std::clamp(end, rest_.begin, rest_.end);
}

void LeaseProgress::checkInvariants() const {
  PI_CHECK(lent_.range.begin <= rest_.begin);
  PI_CHECK(rest_.begin <= rest_.end);
  PI_CHECK(rest_.end <= lent_.range.end);
  std::uint64_t end = rest_.begin;
  for (const auto& [begin, span] : spans_) {
    PI_CHECK(span.lease == lent_.id);
    PI_CHECK(span.tally.range.begin == begin);
    PI_CHECK(begin >= end);
    end = span.tally.range.end;
  }
}

}  // namespace pi::worker
