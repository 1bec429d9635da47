#include "scheduler/core/lease_book.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "common/base/check.h"
#include "scheduler/core/loads.h"

namespace pi::scheduler {
namespace {

// The worker seconds that a lease of the job is, by the worker's speed.
double workerSeconds(const Job& job, const Worker& worker, const Lease& lease) {
  return static_cast<double>(job.work.costOf(lease.range)) /
         static_cast<double>(worker.speed(job.work.kind(), lease.threads));
}

HeldLease heldLease(const Job& job, const Lease& lease, const Worker& worker, Instant now) {
  return {.job = job.id,
          .lease = lease.id,
          .range = lease.range,
          .begunAt = now,
          .lentAt = now,
          .planned = timeFor(worker, job.work, lease),
          .threads = lease.threads};
}

Lease leaseOf(const Job& job, LeaseId lease, SampleRange range, std::uint32_t threads) {
  return {.id = lease,
          .job = job.id,
          .stream = job.spec.stream,
          .range = range,
          .blockSamples = job.work.block().samples,
          .threads = threads};
}

constexpr std::array kLendable = {JobQueue::Lendable::kToHolders, JobQueue::Lendable::kToSeats,
                                  JobQueue::Lendable::kToAll};

// If it has open samples.
JobQueue::Lendable lendableTo(const Seats& seats) {
  if (!seats.isLimited()) return JobQueue::Lendable::kToAll;
  return seats.isFull() ? JobQueue::Lendable::kToHolders : JobQueue::Lendable::kToSeats;
}

void updateLendable(JobQueue& queue, const Job& job) {
  bool isOpen = job.ledger.openSamples() > 0;
  queue.setLendable(job.id, isOpen ? lendableTo(job.seats) : JobQueue::Lendable::kToNone);
}

// Whether the worker may continue a lease of that many threads.
bool hasSeatsFor(const Job& job, const Worker& worker, std::uint32_t threads) {
  std::optional<std::uint32_t> most = job.seats.offer(worker.id, worker.profile.cpuThreads);
  return job.seats.isLimited() == (threads > 0) && most && threads <= *most;
}

void releaseArenas(const JobQueue& queue, JobTable& jobs, WorkerId worker) {
  for (JobQueue::Lendable to : kLendable) {
    for (const JobQueue::Place& place : queue.lendable(to)) {
      jobs.get(place.job).ledger.releaseArena(worker);
    }
  }
}

}  // namespace

LeaseRecord recordOf(const HeldLease& held, WorkerId worker) {
  return {.lease = held.lease,
          .worker = worker,
          .job = held.job,
          .range = held.range,
          .begunAt = held.begunAt};
}

void LeaseBook::open(const Job& job) {
  queue_.add(job.id, job.spec.priority);
  updateLendable(queue_, job);
}

void LeaseBook::reprioritize(Job& job, std::int32_t priority) {
  job.spec.priority = priority;
  queue_.setPriority(job.id, priority);
}

void LeaseBook::extend(Job& job, std::uint64_t samples) {
  job.ledger.extend(samples);
  updateLendable(queue_, job);
  queue_.reenter(job.id);
}

std::vector<LeaseHolder> LeaseBook::close(Job& job, Instant now) {
  std::vector<LeaseHolder> running;
  for (const auto& [lease, lent] : job.ledger.leases()) {
    running.push_back({.lease = lease, .worker = lent.worker});
  }
  for (LeaseHolder holding : running) {
    truncate(holding.worker, holding.lease, 0, now, LeaseOutcome::kRevoked);
  }
  queue_.remove(job.id);
  return running;
}

Lease LeaseBook::lend(Job& job, const Worker& worker, const LeaseSize& size, Ledger::Fronts fronts,
                      Instant now) {
  lastLease_ = LeaseId{number(lastLease_) + 1};
  std::optional<std::uint32_t> threads = job.seats.offer(worker.id, worker.profile.cpuThreads);
  PI_CHECK(threads.has_value());
  std::optional<SampleRange> range = job.ledger.lend(lastLease_, worker.id, size, fronts);
  PI_CHECK(range.has_value());
  Lease lease = leaseOf(job, lastLease_, *range, *threads);
  held_[worker.id].push_back(heldLease(job, lease, worker, now));
  job.seats.take(worker.id, *threads);
  start(job, now);
  queue_.charge(job.id, workerSeconds(job, worker, lease));
  updateLendable(queue_, job);
  return lease;
}

std::optional<Lease> LeaseBook::lendAgain(HeldLease suspect, const Worker& worker,
                                          const LeaseSize& size, Instant now) {
  Job& job = jobs_.get(suspect.job);
  PI_CHECK(!job.seats.isLimited());
  LeaseId again{number(lastLease_) + 1};
  auto range = job.ledger.lendAgain(again, worker.id, size, suspect.lease);
  if (!range) {
    bool isNext = !suspects_.empty() && suspects_.back().lease == suspect.lease;
    if (isNext) suspects_.pop_back();
    return std::nullopt;
  }
  lastLease_ = again;
  Lease lease = leaseOf(job, again, *range, 0);
  held_[worker.id].push_back(heldLease(job, lease, worker, now));
  return lease;
}

std::optional<HeldLease> LeaseBook::advanceToSuspect() {
  if (workers_.suspects() == 0) return std::nullopt;
  if (suspectsAreStale_) findSuspects();
  while (!suspects_.empty()) {
    HeldLease next = suspects_.back();
    const Job* job = jobs_.find(next.job);
    const LentLease* lent = job == nullptr ? nullptr : job->ledger.find(next.lease);
    // Since the list was made the lease may have ended, and its holder may be back.
    if (lent != nullptr && workers_.get(lent->worker).isSuspect()) return next;
    suspects_.pop_back();
  }
  return std::nullopt;
}

void LeaseBook::findSuspects() {
  suspectsAreStale_ = false;
  suspects_.clear();
  for (const auto& [id, held] : held_) {
    if (!workers_.get(id).isSuspect()) continue;
    // A job with limited threads waits until the lease ends: two seats for one sample are too many.
    std::ranges::copy_if(held, std::back_inserter(suspects_), [this](const HeldLease& lease) {
      return !jobs_.get(lease.job).seats.isLimited();
    });
  }
  std::stable_sort(suspects_.begin(), suspects_.end(), [this](HeldLease a, HeldLease b) {
    return jobs_.get(a.job).spec.priority < jobs_.get(b.job).spec.priority;
  });
}

bool LeaseBook::resume(Job& job, const Lease& lease, const Worker& worker, SampleRange rest,
                       Instant now) {
  if (number(lease.id) > number(lastLease_) || isOver(job.state)) return false;
  if (!hasSeatsFor(job, worker, lease.threads)) return false;
  if (!job.ledger.resume(lease.id, worker.id, rest)) return false;
  held_[worker.id].push_back(
      heldLease(job, leaseOf(job, lease.id, rest, lease.threads), worker, now));
  job.seats.take(worker.id, lease.threads);
  // Since it last finished one, it was given this work once, however often it comes back with it.
  held_[worker.id].back().hasLapsed = worker.strikes.failures > 0;
  start(job, now);
  updateLendable(queue_, job);
  return true;
}

Ledger::Receipt LeaseBook::count(Job& job, const LeaseTally& tally, WorkerId worker, Instant now) {
  Ledger::Receipt receipt = job.ledger.count(tally.lease, worker, tally.tally);
  if (!receipt.counted) return receipt;
  for (LeaseHolder revoked : receipt.revoked) {
    forget(revoked.worker, revoked.lease, LeaseOutcome::kDuplicate, now);
  }
  if (!receipt.revoked.empty()) suspectsAreStale_ = true;
  bool isOver = job.ledger.find(tally.lease) == nullptr;
  if (!receipt.isNext) {
    history_.countLate(worker, tally, now);
  } else if (!isOver) {
    history_.countPart(tally);
  } else {
    forget(worker, tally.lease, LeaseOutcome::kDone, now, tally.tally);
  }
  updateLendable(queue_, job);
  job.ledger.checkTotals();
  return receipt;
}

void LeaseBook::truncate(WorkerId worker, LeaseId lease, std::uint64_t end, Instant now,
                         LeaseOutcome outcome) {
  for (const HeldLease& held : heldBy(worker)) {
    if (held.lease != lease) continue;
    if (end >= lent(held).rest.end) return;
    Job& job = jobs_.get(held.job);
    std::uint64_t opened = job.ledger.giveBackFrom(lease, end);
    updateLendable(queue_, job);
    double cost = static_cast<double>(job.work.averageCost(opened));
    std::uint64_t speed = workers_.get(worker).speed(job.work.kind(), held.threads);
    queue_.refund(job.id, cost / static_cast<double>(speed));
    suspectsAreStale_ = true;
    if (job.ledger.find(lease) == nullptr) forget(worker, lease, outcome, now);
    job.ledger.checkTotals();
    return;
  }
}

void LeaseBook::endAll(WorkerId worker, LeaseOutcome outcome, Instant now) {
  for (HeldLease held : std::vector<HeldLease>(heldBy(worker))) {
    truncate(worker, held.lease, 0, now, outcome);
  }
  releaseArenas(queue_, jobs_, worker);
}

std::vector<LeaseHolder> LeaseBook::suspect(WorkerId worker, Instant now) {
  suspectsAreStale_ = true;
  std::vector<LeaseHolder> ended;
  bool isSilent = workers_.get(worker).state == WorkerState::kSilent;
  for (HeldLease held : std::vector<HeldLease>(heldBy(worker))) {
    if (!isSilent || !jobs_.get(held.job).seats.isLimited()) continue;
    truncate(worker, held.lease, 0, now, LeaseOutcome::kLost);
    ended.push_back({.lease = held.lease, .worker = worker});
  }
  releaseArenas(queue_, jobs_, worker);
  for (const HeldLease& held : heldBy(worker)) {
    for (LeaseHolder rival : jobs_.get(held.job).ledger.rivals(held.lease)) {
      if (!workers_.get(rival.worker).isSuspect()) continue;
      truncate(rival.worker, rival.lease, 0, now, LeaseOutcome::kLost);
      ended.push_back(rival);
    }
  }
  return ended;
}

const std::vector<HeldLease>& LeaseBook::heldBy(WorkerId worker) const {
  static const std::vector<HeldLease> kNone;
  auto found = held_.find(worker);
  return found == held_.end() ? kNone : found->second;
}

std::span<HeldLease> LeaseBook::marksOf(WorkerId worker) {
  auto found = held_.find(worker);
  return found == held_.end() ? std::span<HeldLease>() : std::span(found->second);
}

const LentLease& LeaseBook::lent(const HeldLease& held) const {
  const LentLease* lent = jobs_.get(held.job).ledger.find(held.lease);
  PI_CHECK(lent != nullptr);
  return *lent;
}

void LeaseBook::forget(WorkerId worker, LeaseId lease, LeaseOutcome outcome, Instant now,
                       const Tally& last) {
  auto found = held_.find(worker);
  if (found == held_.end()) return;
  auto held = std::ranges::find(found->second, lease, &HeldLease::lease);
  if (held == found->second.end()) return;
  LeaseRecord record = recordOf(*held, worker);
  record.counted = last.range.size();
  record.hits = last.hits;
  history_.end(record, outcome, now);
  Job& job = jobs_.get(held->job);
  job.seats.giveBack(worker);
  updateLendable(queue_, job);
  found->second.erase(held);
  if (found->second.empty()) held_.erase(found);
}

void LeaseBook::checkInvariants() const {
  std::size_t leases = 0, held = 0, unfinished = 0, lendable = 0, parts = 0;
  std::size_t seated = 0;  // Leases, as the seats count them.
  for (const auto& [id, job] : jobs_.all()) {
    job.ledger.checkInvariants();
    job.seats.checkInvariants();
    for (const auto& [worker, seat] : job.seats.all()) seated += seat.leases;
    leases += job.ledger.leases().size();
    if (isOver(job.state)) {
      PI_CHECK(job.ledger.leases().empty());
      continue;
    }
    ++unfinished;
    lendable += job.ledger.openSamples() > 0;
  }
  queue_.checkInvariants();
  PI_CHECK(unfinished == queue_.size());
  for (JobQueue::Lendable to : kLendable) {
    for (const JobQueue::Place& place : queue_.lendable(to)) {
      --lendable;
      const Job* job = jobs_.find(place.job);
      PI_CHECK(job != nullptr);
      PI_CHECK(!isOver(job->state));
      PI_CHECK(job->ledger.openSamples() > 0);
      PI_CHECK(to == lendableTo(job->seats));
    }
  }
  PI_CHECK(lendable == 0);
  for (const auto& [id, leasesOfWorker] : held_) {
    PI_CHECK(!leasesOfWorker.empty());
    held += leasesOfWorker.size();
    for (const HeldLease& lease : leasesOfWorker) {
      PI_CHECK(lent(lease).worker == id);
      LeaseRecord record = recordOf(lease, id);
      history_.addPart(record);
      parts += record.counted > 0;
      PI_CHECK(record.range.begin + record.counted == lent(lease).rest.begin);
      PI_CHECK(record.range.end >= lent(lease).rest.end);
      const Seats& seats = jobs_.get(lease.job).seats;
      PI_CHECK(seats.isLimited() == (lease.threads > 0));
      PI_CHECK(lease.threads <= seats.of(id));
      PI_CHECK(!seats.isLimited() || workers_.get(id).state != WorkerState::kSilent);
      if (seats.isLimited()) --seated;
      if (!workers_.get(id).isSuspect()) continue;
      for (LeaseHolder rival : jobs_.get(lease.job).ledger.rivals(lease.lease)) {
        PI_CHECK(!workers_.get(rival.worker).isSuspect());
      }
    }
  }
  PI_CHECK(held == leases);
  PI_CHECK(seated == 0);
  PI_CHECK(parts == history_.parts().size());
}

}  // namespace pi::scheduler
