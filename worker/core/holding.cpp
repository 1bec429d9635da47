#include "worker/core/holding.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::worker {

void Holding::add(const LeaseTally& span) {
  SampleRange range = span.tally.range;
  check(range.begin >= lease_.range.begin && range.begin < range.end);
  if (range.begin >= lease_.range.end) return;
  check(range.end <= lease_.range.end);
  check(spans_.emplace(range.begin, span).second);
}

std::optional<LeaseTally> Holding::takePrefix() {
  std::optional<LeaseTally> prefix;
  for (auto span = spans_.begin(); span != spans_.end() && span->first == lease_.range.begin;
       span = spans_.erase(span)) {
    lease_.range.begin = span->second.tally.range.end;
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

void Holding::truncate(std::uint64_t end) {
  lease_.range.end = std::clamp(end, lease_.range.begin, lease_.range.end);
}

}  // namespace pi::worker
