// How much the core remembers of the past.  SECURITY.md's table names these limits.
#pragma once

#include <cstddef>

namespace pi::scheduler {

// No decision depends on what is remembered, so these limits change no result.
struct HistoryLimits {
  // Ended leases: of one worker, and of all workers.  Beyond that the oldest are forgotten.
  std::size_t leaseRecordsPerWorkerMax = 1'024;
  std::size_t leaseRecordsMax = 131'072;

  // Periods in which one worker was in one state, at least 1; beyond that the oldest are forgotten.
  std::size_t statePeriodsMax = 32;
  // Workers that left or were lost and are remembered; those that went first are forgotten.
  std::size_t goneWorkersMax = 1'000;

  // In the series of one job, at least 2.  A full series is made half as fine.
  std::size_t convergencePointsMax = 512;
  std::size_t throughputPartsMax = 512;
  // In the series of all jobs, in numbers of 8 bytes.  If they are too many, all series are made
  // half as fine.
  std::size_t seriesNumbersMax = std::size_t{4} << 20;
};

}  // namespace pi::scheduler
