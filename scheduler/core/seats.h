// The threads of workers that compute one job, if its user limits them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "common/model/ids.h"

namespace pi::scheduler {

// A worker takes its seats with its first lease of the job, and gives them back with the end of its
// last one.  The law: the seats that are taken are at most the limit, and a worker without leases
// has none.  A job without a limit counts nothing.
class Seats {
 public:
  // `threadsMax`: as in JobSpec.
  explicit Seats(std::uint32_t threadsMax = 0) : threadsMax_(threadsMax) {}

  bool isLimited() const { return threadsMax_ > 0; }
  std::uint32_t threadsMax() const { return threadsMax_; }
  // No worker that has no seat can get one.
  bool isFull() const { return isLimited() && taken_ == threadsMax_; }

  // The threads for one more lease of a worker with so many CPU threads, as in Lease: 0 means all
  // that it has.  Nothing if it cannot be lent a lease now.
  std::optional<std::uint32_t> offer(WorkerId worker, std::uint32_t cpuThreads) const;

  // The worker has one more lease, with so many threads, which must be free or its own.
  void take(WorkerId worker, std::uint32_t threads);
  // One of its leases has ended.
  void giveBack(WorkerId worker);

  std::uint32_t of(WorkerId worker) const;  // Zero for a worker without leases.

  struct Seat {
    std::uint32_t threads = 0;  // The most of its leases.
    std::size_t leases = 0;
  };
  const std::map<WorkerId, Seat>& all() const { return seats_; }

  void checkInvariants() const;

 private:
  std::uint32_t threadsMax_;
  std::uint32_t taken_ = 0;
  std::map<WorkerId, Seat> seats_;
};

}  // namespace pi::scheduler
