// Counters of what happens in the scheduler.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/model/ids.h"
#include "scheduler/core/drop_reason.h"

namespace pi::scheduler {

// Since this scheduler started.  Counters never fall.
struct Metrics {
  std::uint64_t leasesLent = 0;
  std::uint64_t leasesLentAgain = 0;   // Second leases on samples of a suspect lease.
  std::uint64_t leasesResumed = 0;     // Leases that continue after a restart or a long absence.
  std::uint64_t leasesRevoked = 0;     // Ended because the samples were counted, or not wanted.
  std::uint64_t truncationsAsked = 0;  // Requests to give up the end of a lease, or all of it.
  std::uint64_t preemptions = 0;       // Workers interrupted for a new job.
  std::uint64_t rebalances = 0;        // Workers that were asked to share with a waiting one.
  std::uint64_t talliesCounted = 0;
  std::uint64_t samplesCounted = 0;
  std::uint64_t hitsCounted = 0;
  std::uint64_t chunksCounted = 0;    // Chunks of which the last sample was counted.
  std::uint64_t talliesRepeated = 0;  // The same worker reported the same samples before.
  std::array<std::uint64_t, kDropReasons> talliesDropped{};  // By DropReason.
  std::uint64_t talliesDoubted = 0;    // Next to impossible, and computed again here.
  std::uint64_t talliesConfirmed = 0;  // Doubted ones that are right.
  std::uint64_t samplesDropped = 0;    // Samples of dropped tallies that were counted already.
  std::uint64_t workersJoined = 0;     // New ones, and those that come back.
  std::uint64_t workersLost = 0;       // Connections that ended without a word.
  std::uint64_t workersSilent = 0;     // Deadlines for a sign of life or progress that passed.
  std::uint64_t workersForgotten = 0;  // Away for longer than the reconnect grace, or left.
  std::uint64_t workersQuarantined = 0;
  std::uint64_t violations = 0;  // Invalid reports.
  std::uint64_t failures = 0;    // Workers that let leases lapse.
  std::uint64_t pauses = 0;      // Times that this process itself did not run.
  std::uint64_t jobsSubmitted = 0;
  std::uint64_t jobsRefused = 0;
  std::uint64_t jobsEnded = 0;
  std::uint64_t jobsExtended = 0;
  std::uint64_t jobsReprioritized = 0;
  std::uint64_t goalsRaised = 0;  // Times that a job turned out to need more samples.
  std::uint64_t commits = 0;
  std::uint64_t commitFailures = 0;

  // Not counters: the workers that such events were about last, for lines of the log.  0: none yet.
  WorkerId lastSilent{};
  WorkerId lastLentFrom{};  // Its samples were lent to another worker, too.
  WorkerId lastTruncated{};
};
inline constexpr std::size_t kLastWorkers = 3;

}  // namespace pi::scheduler
