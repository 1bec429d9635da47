// The ended leases of workers as boxes, so that what viewers get does not grow with the leases.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/lease_record.h"
#include "scheduler/core/lease_history.h"

namespace pi::scheduler::live {

// Ended leases of one worker and job, with the same outcome.
struct Box {
  std::uint64_t number = 0;  // Rises with each box of a worker; see Boxes.
  WorkerId worker{};
  JobId job{};
  // A lease that was lent ahead begins when the one before it ended.
  Instant begin;
  Instant end;
  LeaseOutcome outcome{};
  std::uint64_t leases = 0;
  std::uint64_t counted = 0;  // Samples.
  SampleRange range{};        // From the first sample of all its leases to the last one.
  bool operator==(const Box&) const = default;
};

// The boxes of the last ticks, of the workers that some viewer follows.  Leases that ended in one
// tick are one box, for each worker, job and outcome.  Its number is at most that of the newest
// lease (LeaseRecord::number), and above all that ended in earlier ticks.
class Boxes {
 public:
  // Begins with leases that end from now on.
  explicit Boxes(const LeaseHistory& leases);

  // Takes the leases that ended since the last tick.
  void tick(const LeaseHistory& leases, const std::set<WorkerId>& followed);

  // The boxes of the worker with higher numbers, in order.  Successive ones that differ in nothing
  // but their times are merged.  `after` must not be below floor().
  std::vector<Box> after(WorkerId worker, std::uint64_t after) const;

  // The newest lease that was seen.
  std::uint64_t lastNumber() const { return lastNumber_; }
  // Boxes up to this number are forgotten.
  std::uint64_t floor() const { return floor_; }
  std::size_t size() const { return size_; }
  // When the last lease of a followed worker ended; the clock's zero if that was not seen.
  Instant lastEnd(WorkerId worker) const;

 private:
  struct Tick {
    std::uint64_t lastNumber = 0;
    std::vector<Box> boxes;  // By worker, and then by number.
  };

  std::deque<Tick> ticks_;
  std::map<WorkerId, Instant> lastEnds_;  // By followed worker.
  std::size_t size_ = 0;
  std::uint64_t lastNumber_ = 0;
  std::uint64_t floor_ = 0;
};

// The boxes of one worker's leases that are remembered, with numbers above `after` and at most
// `last`; at most `max`, the newest ones, and merged if they are close to each other.
std::vector<Box> pastBoxes(const std::vector<LeaseRecord>& leasesOfWorker, std::uint64_t after,
                           std::uint64_t last, std::size_t max);

}  // namespace pi::scheduler::live
