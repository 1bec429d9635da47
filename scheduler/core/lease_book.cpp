#include "scheduler/core/lease_book.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {
namespace {

// The worker seconds that samples of the job are, by the worker's speed.
double workerSeconds(const Job& job, const Worker& worker, SampleRange range) {
  return static_cast<double>(job.work.costOf(range)) /
         static_cast<double>(worker.speed(job.work.kind()));
}

HeldLease heldLease(const Job& job, LeaseId lease, const Worker& worker, SampleRange range,
                    Instant now) {
  constexpr double kLongest = 3600;
  double planned = std::min(workerSeconds(job, worker, range), kLongest);
  return {.job = job.id,
          .lease = lease,
          .range = range,
          .begunAt = now,
          .lentAt = now,
          .planned = Duration(std::llround(planned * 1e9))};
}

Lease leaseOf(const Job& job, LeaseId lease, SampleRange range) {
  return {.id = lease,
          .job = job.id,
          .stream = job.spec.stream,
          .range = range,
          .blockSamples = job.work.block().samples};
}

void updateLendable(JobQueue& queue, const Job& job) {
  queue.setLendable(job.id, job.ledger.openSamples() > 0);
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
  std::optional<SampleRange> range = job.ledger.lend(lastLease_, worker.id, size, fronts);
  PI_CHECK(range.has_value());
  held_[worker.id].push_back(heldLease(job, lastLease_, worker, *range, now));
  start(job, now);
  queue_.charge(job.id, workerSeconds(job, worker, *range));
  updateLendable(queue_, job);
  return leaseOf(job, lastLease_, *range);
}

std::optional<Lease> LeaseBook::lendAgain(HeldLease suspect, const Worker& worker,
                                          const LeaseSize& size, Instant now) {
  Job& job = jobs_.get(suspect.job);
  LeaseId again{number(lastLease_) + 1};
  auto range = job.ledger.lendAgain(again, worker.id, size, suspect.lease);
  if (!range) {
    bool isNext = !suspects_.empty() && suspects_.back().lease == suspect.lease;
    if (isNext) suspects_.pop_back();
    return std::nullopt;
  }
  lastLease_ = again;
  held_[worker.id].push_back(heldLease(job, again, worker, *range, now));
  return leaseOf(job, again, *range);
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
    suspects_.insert(suspects_.end(), held.begin(), held.end());
  }
  std::stable_sort(suspects_.begin(), suspects_.end(), [this](HeldLease a, HeldLease b) {
    return jobs_.get(a.job).spec.priority < jobs_.get(b.job).spec.priority;
  });
}

bool LeaseBook::resume(Job& job, LeaseId lease, const Worker& worker, SampleRange rest,
                       Instant now) {
  if (number(lease) > number(lastLease_) || isOver(job.state)) return false;
  if (!job.ledger.resume(lease, worker.id, rest)) return false;
  held_[worker.id].push_back(heldLease(job, lease, worker, rest, now));
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
    std::uint64_t speed = workers_.get(worker).speed(job.work.kind());
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
  for (const JobQueue::Place& place : queue_.lendable()) {
    jobs_.get(place.job).ledger.releaseArena(worker);
  }
}

std::vector<LeaseHolder> LeaseBook::suspect(WorkerId worker, Instant now) {
  suspectsAreStale_ = true;
  for (const JobQueue::Place& place : queue_.lendable()) {
    jobs_.get(place.job).ledger.releaseArena(worker);
  }
  std::vector<LeaseHolder> ended;
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
  found->second.erase(held);
  if (found->second.empty()) held_.erase(found);
}

void LeaseBook::checkInvariants() const {
  std::size_t leases = 0, held = 0, unfinished = 0, lendable = 0, parts = 0;
  for (const auto& [id, job] : jobs_.all()) {
    job.ledger.checkInvariants();
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
  PI_CHECK(lendable == queue_.lendable().size());
  for (const JobQueue::Place& place : queue_.lendable()) {
    const Job* job = jobs_.find(place.job);
    PI_CHECK(job != nullptr);
    PI_CHECK(!isOver(job->state));
    PI_CHECK(job->ledger.openSamples() > 0);
  }
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
      if (!workers_.get(id).isSuspect()) continue;
      for (LeaseHolder rival : jobs_.get(lease.job).ledger.rivals(lease.lease)) {
        PI_CHECK(!workers_.get(rival.worker).isSuspect());
      }
    }
  }
  PI_CHECK(held == leases);
  PI_CHECK(parts == history_.parts().size());
}

}  // namespace pi::scheduler
