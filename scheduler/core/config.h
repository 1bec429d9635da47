// The settings of the scheduler's core.  The defaults suit a cluster.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.h"
#include "common/model/block.h"
#include "scheduler/core/goal.h"
#include "scheduler/core/history_limits.h"
#include "scheduler/core/hit_bounds.h"
#include "scheduler/core/limits.h"
#include "scheduler/core/policy.h"

namespace pi::scheduler {

struct Config {
  BlockRule block{};
  LeasePolicy lease{.target = std::chrono::milliseconds(250),
                    .minimum = std::chrono::milliseconds(1)};
  // The largest lease of a worker that has shown nothing, in cost units.
  std::uint64_t firstLeaseCost = kFirstLeaseCost;
  Duration prefetch = std::chrono::milliseconds(20);  // Work in hand when a worker asks for more.
  Duration heartbeat = std::chrono::seconds(1);
  // A worker that makes no progress for this long is suspect: its leases may be lent again.
  Duration silenceTimeout = std::chrono::seconds(15);
  // With more workers all times above are longer: see paceFor().
  std::size_t workersAtFullPace = 1'000;
  Duration reconnectGrace = std::chrono::seconds(5);  // A lost worker keeps its leases this long.

  Duration commitPeriod = std::chrono::milliseconds(100);  // A crash loses at most this much.

  Goal goal = kGoal;  // The goal of every job.  Tests set other ones.

  // A tally is doubted if its hits, or those of all that its worker has reported of the job, are
  // more surprising than this: see surpriseOf().  The scheduler computes a doubted tally again if
  // it has at most so many samples; a larger one is dropped, and its worker computes as many
  // samples in leases that are small enough.
  double surpriseMax = kSurpriseMax;
  std::uint64_t recheckSamplesMax = std::uint64_t{1} << 24;

  // A worker is quarantined at this many invalid reports, and when it let leases lapse this often
  // without finishing one in between.
  std::uint32_t strikesMax = 3;
  std::size_t quarantinedMax =
      1'000;  // Beyond, the oldest are forgotten, except for their strikes.

  // For one job.  Beyond these limits contributors are not told apart, and new ones are not
  // recorded.  A job that then still has half of fragmentsMax, because of gaps, fails.
  std::size_t fragmentsMax = kFragmentsMax;
  std::size_t contributorsMax = 100'000;

  std::size_t unfinishedJobsMax = 10'000;
  // The last jobs to end are kept, and older ones for a time.  At endedJobsMax the oldest one of
  // the submitter who has most is forgotten, so that no user's jobs push out those of others.
  std::size_t endedJobsKept = 1'000;
  Duration endedJobsKeptFor = std::chrono::hours(24);
  std::size_t endedJobsMax = 20'000;
  std::size_t workersMax = 16'000;
  std::size_t leasesPerExchangeMax = 64;
  std::size_t leasesPerWorkerMax = 128;

  HistoryLimits history{};
};

}  // namespace pi::scheduler
