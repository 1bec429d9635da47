// Decides how much to lend, and whose work to interrupt or share out: views in, decisions out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "scheduler/core/cost.h"
#include "scheduler/core/limits.h"

namespace pi::scheduler {

struct LeasePolicy {
  Duration target{};   // How long a lease should take.
  Duration minimum{};  // Below this a lease is not worth its round trip.
};

// The policy for a worker whose messages take this long there and back.  The next lease has to
// arrive while the last one is computed, so a lease of the target time takes several round trips,
// and none is shorter than one.
LeasePolicy forRoundTrip(const LeasePolicy& policy, Duration roundTrip);

// How much is lent to a worker before it has shown how fast it is.
struct TrustPolicy {
  std::uint64_t firstCost = kFirstLeaseCost;         // The most, before anything of it is counted.
  Duration target = std::chrono::milliseconds(250);  // How long its leases should take.
};

// The largest lease of a worker of which so much is counted, in cost units.
std::uint64_t trustedCost(const TrustPolicy& policy, std::uint64_t counted);
// The speed at which a lease of that cost takes the target time: no worker is taken for faster.
std::uint64_t trustedSpeed(const TrustPolicy& policy, std::uint64_t trustedCost);

// The cost of the next lease: what the worker computes in the target time, but no more than half of
// its share of what is open, so that leases shrink as the job runs out and all workers finish
// together (guided self-scheduling: Polychronopoulos and Kuck, IEEE Trans. Comput. C-36, 1987).
// Speeds are in cost units a second, above zero; the cluster's speed includes the worker's.
std::uint64_t leaseCost(const LeasePolicy& policy, std::uint64_t workerSpeed,
                        std::uint64_t clusterSpeed, std::uint64_t openCost);

// The cost that is computed at `speed` in `seconds`, in [0, 2^63].
std::uint64_t costIn(double seconds, std::uint64_t speed);

// Chooses the workers to interrupt, so that a new job starts at once: as many as are its fair
// share, or as it can use for one lease each.
class Interruption {
 public:
  struct NewJob {
    std::uint64_t cost = 0;
    std::size_t share = 0;  // How many workers are its fair share.
  };
  // A worker whose next request is nearer than `soon` serves the job without being interrupted.
  Interruption(NewJob job, Duration leaseTarget, Duration soon)
      : job_(job), leaseTarget_(leaseTarget), soon_(soon) {}

  // The job has enough workers.
  bool isEnough() const { return job_.share == 0 || usefulCost_ >= job_.cost; }

  // Whether to interrupt the next worker, which has so much to do, and that speed for the new job.
  bool decide(double backlogSeconds, std::uint64_t speed);

 private:
  NewJob job_;
  Duration leaseTarget_;
  Duration soon_;
  std::uint64_t usefulCost_ = 0;  // One lease for each worker seen so far.
};

// How long a worker is busy, and how fast it is.
struct Load {
  WorkerId worker{};
  double backlogSeconds = 0;
  PerKind<std::uint64_t> speeds{};
  WorkKind kind{};  // The kind of its last lease.
  // If it knows its end: until then it has to be done with all that it is lent.
  double secondsLeft = std::numeric_limits<double>::infinity();
};

// `from` is to give up the end of what it holds.
struct Move {
  WorkerId from{};
  std::uint64_t cost = 0;
  WorkerId to{};  // The worker for which this is done.
};

// Pairs each waiting worker with the busiest one that is left, and moves as much as lets both end
// together; less if the waiting one could not finish it in time.  A move that gains the waiting
// worker less than `gainMin` of work is not made.
std::vector<Move> chooseMoves(std::vector<Load> busy, std::span<const Load> waiting,
                              Duration gainMin);

}  // namespace pi::scheduler
