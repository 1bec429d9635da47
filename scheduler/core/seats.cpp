#include "scheduler/core/seats.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::scheduler {

std::optional<std::uint32_t> Seats::offer(WorkerId worker, std::uint32_t cpuThreads) const {
  if (!isLimited()) return 0;
  std::uint32_t threads = std::min(of(worker) + (threadsMax_ - taken_), cpuThreads);
  return threads == 0 ? std::nullopt : std::optional(threads);
}

void Seats::take(WorkerId worker, std::uint32_t threads) {
  if (!isLimited()) return;
  PI_CHECK(threads > 0);
  Seat& seat = seats_[worker];
  ++seat.leases;
  if (threads <= seat.threads) return;
  taken_ += threads - seat.threads;
  seat.threads = threads;
  PI_CHECK(taken_ <= threadsMax_);
}

void Seats::giveBack(WorkerId worker) {
  auto seat = seats_.find(worker);
  if (seat == seats_.end() || --seat->second.leases > 0) return;
  taken_ -= seat->second.threads;
  seats_.erase(seat);
}

std::uint32_t Seats::of(WorkerId worker) const {
  auto seat = seats_.find(worker);
  return seat == seats_.end() ? 0 : seat->second.threads;
}

void Seats::checkInvariants() const {
  std::uint32_t taken = 0;
  for (const auto& [worker, seat] : seats_) {
    PI_CHECK(seat.leases > 0);
    PI_CHECK(seat.threads > 0);
    taken += seat.threads;
  }
  PI_CHECK(taken == taken_);
  PI_CHECK(taken <= threadsMax_);
}

}  // namespace pi::scheduler
