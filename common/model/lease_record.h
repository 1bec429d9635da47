// The history of one lease.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/sample_range.h"
#include "common/model/tally.h"

namespace pi {

enum class LeaseOutcome : std::uint8_t {
  kRunning,    // It has not ended.
  kDone,       // All its samples are counted.
  kTruncated,  // Its front is counted, and its worker gave up the rest.
  kGivenBack,  // Its worker gave it up before any of it was counted.
  kLost,       // Its worker was lost, or came back without it.
  kDuplicate,  // Another lease on the same samples was faster.
  kRevoked,    // The scheduler took it: its job is over, or its worker's report was not accepted.
  // Not a lease of its own: samples that were counted after their lease had ended.
  kLate,
};
inline constexpr std::size_t kLeaseOutcomes = 8;

// In JSON and in metrics: "given back".
std::string_view name(LeaseOutcome outcome);

struct LeaseRecord {
  std::uint64_t number = 0;  // Counts ended leases from 1, in order; 0 while it runs.
  LeaseId lease{};
  WorkerId worker{};
  JobId job{};
  SampleRange range;          // As it was lent or resumed.
  std::uint64_t counted = 0;  // So many samples from the beginning of `range` are counted.
  Hits hits{};                // Among these samples.
  Instant begunAt;
  Instant endedAt{};
  LeaseOutcome outcome = LeaseOutcome::kRunning;

  Tally tally() const {
    return {.range = {.begin = range.begin, .end = range.begin + counted}, .hits = hits};
  }
  bool operator==(const LeaseRecord&) const = default;
};

}  // namespace pi
