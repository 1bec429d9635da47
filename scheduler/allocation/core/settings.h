// The times and numbers by which allocations are asked for and given up.
#pragma once

#include <cstdint>

#include "common/base/clock.h"

namespace pi::allocation {

struct Settings {
  // Between the beginnings of two listings.  The period doubles while a listing brings no news, to
  // `listPeriodCalm`, and while listings fail, to `listPeriodFailing`.
  Duration listPeriod = std::chrono::seconds(10);
  Duration listPeriodCalm = std::chrono::minutes(1);
  Duration listPeriodFailing = std::chrono::minutes(5);
  Duration listPeriodEmpty =
      std::chrono::minutes(5);  // Without allocations: strays are looked for.

  // An allocation that is missing in so many listings in a row has ended.
  std::uint32_t missesMax = 2;
  // A submission without a clear answer did not happen if no listing shows it that begins after
  // this time.
  Duration unclearGrace = std::chrono::minutes(2);

  // The worker of an allocation that runs must be connected after this time.  Longer than workers
  // take to find a scheduler that starts again.
  Duration connectTimeout = std::chrono::minutes(5);
  Duration drainTimeout = std::chrono::minutes(1);  // For a worker that is told to leave.
  Duration overtimeMax = std::chrono::minutes(5);   // Beyond the time limit.
  Duration cancelRetry = std::chrono::seconds(30);  // Until it is asked for again.
  // The same while the scheduler stops, if the batch system did not take the order.
  Duration cancelRetryAtStop = std::chrono::seconds(1);
  Duration provenAfter = std::chrono::minutes(1);  // A worker that was connected for so long.

  // A queue is paused after so many refused submissions, or failed starts, in a row.  After each of
  // them it waits, twice as long as the time before.
  std::uint32_t failuresMax = 3;
  Duration retryMin = std::chrono::seconds(10);
  Duration retryMax = std::chrono::minutes(5);

  // After an allocation was given back because it would have started too late, its estimated start
  // is believed for this time.
  Duration lateStartMemory = std::chrono::minutes(10);

  // The node time of an allocation is not observed during longer gaps between two charges; then at
  // most its time limit is charged.
  Duration observedGapMax = std::chrono::minutes(5);
  Duration chargeSavePeriod = std::chrono::minutes(5);
};

}  // namespace pi::allocation
