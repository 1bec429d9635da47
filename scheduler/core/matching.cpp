#include "scheduler/core/matching.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "scheduler/core/loads.h"
#include "scheduler/core/worker_ends.h"

namespace pi::scheduler {
namespace {

using enum JobQueue::Lendable;

// A waiting worker that is so many times as fast takes the seats of another.  Less may be chance.
constexpr std::uint64_t kMuchFaster = 4;

// For a worker that ends soon, so many jobs are looked at: it may be too late for all.
constexpr int kLooks = 64;

const JobQueue::Place* earlier(const JobQueue::Place* a, const JobQueue::Place* b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  return *b < *a ? b : a;
}

}  // namespace

std::optional<JobId> Matching::jobFor(const Worker& worker, Instant now) const {
  const JobQueue::Place* next = firstFor(worker, kToAll, now);
  if (worker.profile.cpuThreads > 0) {
    next = earlier(next, firstFor(worker, kToSeats, now));
    next = earlier(next, firstHeld(worker, now));
  }
  return next == nullptr ? std::nullopt : std::optional(next->job);
}

// The first job that can be lent like this and that the worker can finish a lease of.
const JobQueue::Place* Matching::firstFor(const Worker& worker, JobQueue::Lendable to,
                                          Instant now) const {
  int looks = 0;
  for (const JobQueue::Place& place : book_.queue().lendable(to)) {
    if (finishable(worker, jobs_.get(place.job), now) > 0) return &place;
    if (++looks == kLooks) break;
  }
  return nullptr;
}

// The first job without a free seat that the worker may serve in its own seats.
const JobQueue::Place* Matching::firstHeld(const Worker& worker, Instant now) const {
  const JobQueue::Place* first = nullptr;
  for (const HeldLease& held : book_.heldBy(worker.id)) {
    const JobQueue::Place* place = book_.queue().find(held.job, kToHolders);
    if (place == nullptr) continue;
    const Job& job = jobs_.get(held.job);
    if (finishable(worker, job, now) == 0 || isOutrun(worker, job, now)) continue;
    first = earlier(first, place);
  }
  return first;
}

std::uint64_t Matching::finishable(const Worker& worker, const Job& job, Instant now) const {
  std::optional<std::uint32_t> threads = job.seats.offer(worker.id, worker.profile.cpuThreads);
  return threads ? inTime(worker, job, *threads, now) : 0;
}

std::uint64_t Matching::inTime(const Worker& worker, const Job& job, std::uint32_t threads,
                               Instant now) const {
  if (!worker.endsAt) return kSamplesEnd;
  constexpr double kLongest = 3600;
  double busy = std::min(loadOf(worker, book_, jobs_, now).backlogSeconds, kLongest);
  Instant begin = now + Duration(std::llround(busy * 1e9));
  return finishableSamples(worker, job.work, config_, begin, threads);
}

std::vector<WorkerId> Matching::candidates() const {
  const std::deque<WorkerId>& waiting = workers_.waiting();
  const JobQueue& queue = book_.queue();
  if (waiting.empty()) return {};
  bool isForAny = !queue.lendable(kToAll).empty() || !queue.lendable(kToSeats).empty();
  if (isForAny || workers_.suspects() > 0) return {waiting.begin(), waiting.end()};
  std::vector<WorkerId> holders;
  for (const JobQueue::Place& place : queue.lendable(kToHolders)) {
    for (const auto& [id, seat] : jobs_.get(place.job).seats.all()) {
      if (workers_.get(id).isWaiting) holders.push_back(id);
    }
  }
  return holders;
}

bool Matching::isLoaded(WorkerId worker) const {
  return book_.heldBy(worker).size() >= config_.leasesPerWorkerMax;
}

bool Matching::canMove(const HeldLease& held) const {
  const Seats& seats = jobs_.get(held.job).seats;
  if (!seats.isLimited()) return true;
  return !seats.isFull() && std::ranges::any_of(workers_.waiting(), [this](WorkerId id) {
    return workers_.get(id).profile.cpuThreads > 0;
  });
}

// Whether a worker waits that would be much faster than this one in its seats.  Its claim counts:
// without a seat, a new one could never show its speed.
bool Matching::isOutrun(const Worker& worker, const Job& job, Instant now) const {
  std::uint32_t seats = job.seats.of(worker.id);
  WorkKind kind = job.work.kind();
  std::uint64_t own = worker.speed(kind, seats);
  return std::ranges::any_of(workers_.waiting(), [&](WorkerId id) {
    const Worker& other = workers_.get(id);
    std::uint32_t threads = std::min(seats, other.profile.cpuThreads);
    if (id == worker.id || threads == 0 || isLoaded(id)) return false;
    // One of which nothing is known has the least speed, and may try.
    bool isUnknown = other.ownSpeed(kind, 1) == 1;
    bool isFaster = isUnknown || other.ownSpeed(kind, threads) / kMuchFaster >= own;
    return isFaster && inTime(other, job, threads, now) > 0;
  });
}

}  // namespace pi::scheduler
