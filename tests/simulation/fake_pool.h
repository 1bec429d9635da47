// A worker's threads as the simulation plays them: they take samples in order from their leases, at
// a given speed for each kind of work, and a block with nets as a whole.  A lease with a limit of
// threads is computed as much slower as it has fewer of them, and the others wait behind it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "common/model/lease.h"
#include "scheduler/core/cost.h"

namespace pi::simulation {

class FakePool {
 public:
  // `sobolFactor`: how much faster it computes a unit of cost of the sampler `sobol`.  `threads`
  // have the speed together; above zero.
  FakePool(std::uint64_t samplesPerSecond, double sobolFactor, std::uint32_t threads,
           const BlockRule& rule)
      : samplesPerSecond_(samplesPerSecond),
        sobolFactor_(sobolFactor),
        threads_(threads),
        rule_(rule) {}

  void compute(const Lease& lease);
  void setLowWater(std::uint64_t samples) { lowWater_ = samples; }
  void setSpeed(std::uint64_t samplesPerSecond) { samplesPerSecond_ = samplesPerSecond; }
  void drop(LeaseId lease);
  void stop() { work_.clear(); }

  // As the real pool: returns the end of the samples that are still computed; kSamplesEnd if it
  // does not have the lease.
  std::uint64_t truncate(LeaseId lease, std::uint64_t end, std::vector<LeaseTally>& finished);

  // A device is lost: what was begun is not done, and is begun again.
  void beginAgain();

  // Finishes the span that is being computed with the samples done so far.
  void cut(std::vector<LeaseTally>& finished);

  // Computes for that long.
  void advance(Duration elapsed, std::vector<LeaseTally>& finished);

  bool isIdle() const { return work_.empty(); }

  // True once each time that fewer samples than the low-water mark are left.
  bool takeRunningLow();

  std::uint64_t samplesOpen() const;  // Not computed yet, in all leases.
  std::uint64_t samplesComputed() const { return samplesComputed_; }
  std::uint64_t costComputed() const { return costComputed_; }

 private:
  struct Work {
    Lease lease;
    scheduler::JobWork shape;
    std::uint64_t spanBegin = 0;
    std::uint64_t done = 0;    // The samples before it are computed.
    std::uint64_t cursor = 0;  // The samples before it are begun.
    double secondsLeft = 0;    // For those that are begun.
    Duration busy{};
  };
  double factorOf(scheduler::WorkKind kind) const;
  double partOf(const Lease& lease) const;
  void begin(Work& work, double secondsMax);
  static void abandon(Work& work);
  void finish(Work& work, std::vector<LeaseTally>& finished);

  std::uint64_t samplesPerSecond_;
  double sobolFactor_;
  std::uint32_t threads_;
  BlockRule rule_;
  std::uint64_t lowWater_ = 0;
  bool hasToldLow_ = true;
  std::uint64_t samplesComputed_ = 0;
  std::uint64_t costComputed_ = 0;
  std::deque<Work> work_;
};

}  // namespace pi::simulation
