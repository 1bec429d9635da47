// How much to lend, and whose work to interrupt or share out: views in, decisions out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "scheduler/core/cost.h"

namespace pi::scheduler {

struct LeasePolicy {
  Duration target{};   // How long a lease should take.
  Duration minimum{};  // Below this a lease is not worth its round trip.
};

// The cost of the next lease: what the worker computes in the target time, but no more than half of
// its share of what is open, so that leases shrink as the job runs out and all workers finish
// together (guided self-scheduling: Polychronopoulos and Kuck, IEEE Trans. Comput. C-36, 1987).
// Speeds are in cost units a second, above zero; the cluster's speed includes the worker's.
std::uint64_t leaseCost(const LeasePolicy& policy, std::uint64_t workerSpeed,
                        std::uint64_t clusterSpeed, std::uint64_t openCost);

// The cost that is computed at `speed` in `seconds`, in [0, 2^63].
std::uint64_t costIn(double seconds, std::uint64_t speed);

// A worker that computes, and could be interrupted for a new job.
struct Interruptible {
  WorkerId worker{};
  double backlogSeconds = 0;  // How long it will be busy with what it holds.
  std::uint64_t speed = 1;    // For the new job's kind of work.
};

struct NewJob {
  std::uint64_t cost = 0;
  std::size_t share = 0;  // How many workers are its fair share.
};

// The workers to interrupt, so that the new job starts at once: as many as its share, or as it can
// use for one lease each.  A worker whose next request is nearer than `soon` serves the job anyway.
std::vector<WorkerId> chooseToInterrupt(std::span<const Interruptible> workers, NewJob job,
                                        Duration leaseTarget, Duration soon);

// How long a worker is busy, and how fast it is.
struct Load {
  WorkerId worker{};
  double backlogSeconds = 0;
  PerKind<std::uint64_t> speeds{};
  WorkKind kind{};  // Of its last lease.
};

// `from` is to give up the end of what it holds.
struct Move {
  WorkerId from{};
  std::uint64_t cost = 0;
};

// Pairs each waiting worker with the busiest one that is left, and moves as much as lets both end
// together.  A move that gains the waiting worker less than `gainMin` of work is not made.
std::vector<Move> chooseMoves(std::vector<Load> busy, std::span<const Load> waiting,
                              Duration gainMin);

}  // namespace pi::scheduler
