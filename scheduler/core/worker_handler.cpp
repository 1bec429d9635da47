#include "scheduler/core/worker_handler.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/model/limits.h"
#include "scheduler/core/pace.h"

namespace pi::scheduler {

WorkerHandler::WorkerHandler(const Config& config, JobTable& jobs, WorkerTable& workers,
                             LeaseBook& book, CommitQueue& commits, Liveness& liveness,
                             Lender& lender, WorkerEnds& ends, Intake& intake, Orders& orders,
                             Metrics& metrics)
    : config_(config),
      jobs_(jobs),
      workers_(workers),
      book_(book),
      commits_(commits),
      liveness_(liveness),
      lender_(lender),
      ends_(ends),
      intake_(intake),
      orders_(orders),
      metrics_(metrics) {}

void WorkerHandler::join(const event::WorkerJoined& joined, Instant now) {
  Worker* worker = workers_.find(joined.worker);
  if (worker == nullptr) {
    worker = &workers_.add(joined.worker, joined.profile, now);
  } else if (worker->state == WorkerState::kQuarantined) {
    orders_.add(action::Quarantine{
        .worker = worker->id, .cause = worker->quarantineCause, .reason = worker->reason});
    return;
  } else if (worker->isConnected()) {
    liveness_.noteLost(*worker, now);
  }
  ++metrics_.workersJoined;
  worker->profile = joined.profile;
  tellPolicy(*worker);
  Liveness::restartProgress(*worker, now);
  ends_.noteJoined(*worker, joined.timeLeft, now);
  workers_.setState(*worker, WorkerState::kActive, now);
  ProvenLeases proven;
  for (const Lease& lease : joined.lent) proven.emplace(lease.id, ProvenLease{.lease = lease});
  intake_.take(*worker, joined.done, proven, now);
  if (worker->state == WorkerState::kQuarantined) return;
  orders_.add(action::Welcome{.worker = joined.worker,
                              .forget = reconcile(*worker, joined.held, proven, now)});
  if (worker->isDismissed) orders_.add(action::Drain{.worker = joined.worker});
}

// Each side may have missed the last message of the other: only leases that both agree on
// continue.
std::vector<LeaseId> WorkerHandler::reconcile(Worker& worker, const std::vector<LeaseRest>& offered,
                                              const ProvenLeases& proven, Instant now) {
  std::vector<LeaseId> forget;
  std::vector<HeldLease> ended = book_.heldBy(worker.id);  // Those that are not agreed on.
  for (const LeaseRest& offer : offered) {
    auto known = std::ranges::find(ended, offer.lease, &HeldLease::lease);
    if (known == ended.end()) {
      if (!resume(worker, offer, proven, now)) forget.push_back(offer.lease);
      continue;
    }
    SampleRange rest = book_.lent(*known).rest;
    if (rest.begin != offer.range.begin || !rest.contains(offer.range) || offer.range.empty()) {
      forget.push_back(offer.lease);
      continue;
    }
    book_.truncate(worker.id, offer.lease, offer.range.end, now);
    ended.erase(known);
  }
  for (const HeldLease& held : ended) {
    book_.truncate(worker.id, held.lease, 0, now, LeaseOutcome::kLost);
  }
  return forget;
}

// A lease of an earlier scheduler, or one that was given up for lost, continues if no other worker
// got any of it since.
bool WorkerHandler::resume(Worker& worker, const LeaseRest& offer, const ProvenLeases& proven,
                           Instant now) {
  auto known = proven.find(offer.lease);
  if (known == proven.end() || offer.range.empty()) return false;
  const Lease& lease = known->second.lease;
  Job* job = jobs_.find(lease.job);
  bool isWanted = job != nullptr && isLeaseOf(lease, *job) && lease.range.contains(offer.range) &&
                  book_.heldBy(worker.id).size() < config_.leasesPerWorkerMax;
  if (!isWanted || !book_.resume(*job, lease, worker, offer.range, now)) return false;
  ++metrics_.leasesResumed;
  return true;
}

Worker* WorkerHandler::findActiveWorker(WorkerId id) {
  Worker* worker = workers_.find(id);
  return worker == nullptr || worker->state == WorkerState::kQuarantined ? nullptr : worker;
}

void WorkerHandler::lose(const event::WorkerLost& lost, Instant now) {
  if (Worker* worker = findActiveWorker(lost.worker)) liveness_.noteLost(*worker, now);
}

void WorkerHandler::leave(const event::WorkerLeft& left, Instant now) {
  Worker* worker = findActiveWorker(left.worker);
  if (worker == nullptr) return;
  intake_.take(*worker, left.done, {}, now);
  if (worker->state == WorkerState::kQuarantined || liveness_.recordFailure(*worker, now)) return;
  liveness_.remove(left.worker, now);
  commits_.release(left.worker, now);
}

void WorkerHandler::exchange(const event::Exchanged& exchanged, Instant now) {
  Worker* worker = findActiveWorker(exchanged.worker);
  if (worker == nullptr) return;
  worker->roundTrip = std::clamp(exchanged.roundTrip, Duration::zero(), kRoundTripMax);
  intake_.take(*worker, exchanged.done, {}, now);
  if (worker->state == WorkerState::kQuarantined) return;
  if (worker->isWaiting || lender_.lendTo(*worker, now)) return;
  if (!exchanged.done.empty()) {
    orders_.add(action::Lend{.worker = worker->id, .leases = {}});
    return;
  }
  workers_.setWaiting(*worker, true);
  lender_.rebalanceSoon(now);
}

void WorkerHandler::report(const event::Reported& reported, Instant now) {
  Worker* worker = findActiveWorker(reported.worker);
  if (worker == nullptr) return;
  intake_.take(*worker, reported.done, {}, now);
  tellPolicy(*worker);
}

void WorkerHandler::truncate(const event::LeaseTruncated& truncated, Instant now) {
  Worker* worker = findActiveWorker(truncated.worker);
  if (worker == nullptr) return;
  worker->heardAt = now;
  orders_.noteAnswer(worker->id);
  book_.truncate(worker->id, truncated.lease, truncated.end, now);
}

void WorkerHandler::dismissAll(Instant now) {
  for (auto& [id, worker] : workers_.all()) {
    if (!worker.isConnected()) continue;
    worker.isDismissed = true;
    workers_.setState(worker, WorkerState::kDraining, now);
    orders_.add(action::Drain{.worker = id});
  }
}

void WorkerHandler::noteAnswers(const Actions& actions) {
  for (const Action& action : actions) {
    const auto* lend = std::get_if<action::Lend>(&action);
    Worker* worker = lend == nullptr ? nullptr : workers_.find(lend->worker);
    if (worker == nullptr) continue;
    tellPolicy(*worker);
    for (HeldLease& held : book_.marksOf(worker->id)) {
      if (held.target == Duration::zero()) held.target = worker->policy.leaseTarget;
    }
  }
}

void WorkerHandler::tellPolicy(Worker& worker) const {
  tell(worker, paceFor(config_, workers_.connected()).policy);
}

}  // namespace pi::scheduler
