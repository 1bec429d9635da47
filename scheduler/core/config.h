// The scheduler's settings; the defaults suit a cluster.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.h"
#include "scheduler/core/fragments.h"
#include "scheduler/core/policy.h"

namespace pi::scheduler {

struct Config {
  std::uint64_t blockSamples = 1;  // Leases that are parts of a chunk end at multiples of this.
  LeasePolicy lease{.target = std::chrono::milliseconds(250),
                    .minimum = std::chrono::milliseconds(1)};
  Duration prefetch = std::chrono::milliseconds(20);  // Work in hand when a worker asks for more.
  Duration heartbeat = std::chrono::seconds(1);
  Duration silenceTimeout = std::chrono::seconds(15);  // Without progress, leases are in doubt.
  Duration reconnectGrace = std::chrono::seconds(5);   // A lost worker's leases are kept so long.

  Duration commitPeriod = std::chrono::milliseconds(100);  // How much a crash may cost.

  // A worker that reports what cannot be, or lets leases lapse without finishing one in between, is
  // quarantined at the third time.
  std::uint32_t strikesMax = 3;
  std::size_t quarantinedMax = 1'000;  // Beyond, the oldest may try again, with their strikes.

  // Of one job.  Beyond, it is no more kept who has counted what, and who else has contributed; if
  // then half as many fragments are left, for want of neighbours, the job fails.
  std::size_t fragmentsMax = kFragmentsMax;
  std::size_t contributorsMax = 100'000;

  std::size_t unfinishedJobsMax = 10'000;
  std::size_t finishedJobsMax = 1'000;  // Beyond, the oldest are forgotten.
  std::size_t workersMax = 10'000;
  std::size_t leasesPerExchangeMax = 64;
  std::size_t leasesPerWorkerMax = 128;
};

}  // namespace pi::scheduler
