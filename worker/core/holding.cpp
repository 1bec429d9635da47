#include "worker/core/holding.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::worker {

void Holding::add(const LeaseTally& span) {
  SampleRange range = span.tally.range;
  PI_CHECK(range.begin >= rest_.begin && range.begin < range.end);
  if (range.begin >= rest_.end) return;
  PI_CHECK(range.end <= rest_.end);
  PI_CHECK(spans_.emplace(range.begin, span).second);
}

std::optional<LeaseTally> Holding::takePrefix() {
  std::optional<LeaseTally> prefix;
  for (auto span = spans_.begin(); span != spans_.end() && span->first == rest_.begin;
       span = spans_.erase(span)) {
    rest_.begin = span->second.tally.range.end;
    if (!prefix) {
      prefix = span->second;
      continue;
    }
    prefix->tally.range.end = span->second.tally.range.end;
    prefix->tally.hits += span->second.tally.hits;
    prefix->busy += span->second.busy;
  }
  return prefix;
}

void Holding::truncate(std::uint64_t end) { rest_.end = std::clamp(end, rest_.begin, rest_.end); }

}  // namespace pi::worker
