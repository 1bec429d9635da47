#include "scheduler/core/liveness.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "scheduler/core/limits.h"

namespace pi::scheduler {
namespace {

// How often the workers' deadlines are looked at.
Duration sweepPeriod(const Config& config) {
  Duration shortest = std::min(config.silenceTimeout, config.reconnectGrace) / 4;
  return std::clamp<Duration>(shortest, std::chrono::milliseconds(50), std::chrono::seconds(1));
}

}  // namespace

Liveness::Liveness(const Config& config, WorkerTable& workers, LeaseBook& book, Orders& orders,
                   Metrics& metrics)
    : config_(config), workers_(workers), book_(book), orders_(orders), metrics_(metrics) {}

void Liveness::sweep(Instant now) {
  if (!sweepAt_ || now < *sweepAt_) return;
  std::vector<WorkerId> gone, silent;
  for (const auto& [id, worker] : workers_.all()) {
    bool hasNoProgress =
        !book_.heldBy(id).empty() && now - worker.progressAt >= worker.silenceTimeout;
    bool isMute = now - worker.heardAt >= worker.silenceTimeout;
    if (worker.state == WorkerState::kAbsent) {
      if (now - worker.lostAt >= config_.reconnectGrace) gone.push_back(id);
    } else if (worker.isConnected() && !worker.isSuspect() &&
               (hasNoProgress || isMute || isOverdue(worker, now))) {
      silent.push_back(id);
    }
  }
  for (WorkerId id : gone) {
    if (!recordFailure(workers_.get(id), now)) remove(id, now);
  }
  for (WorkerId id : silent) {
    ++metrics_.workersSilent;
    metrics_.lastSilent = id;
    Worker& worker = workers_.get(id);
    // First the failure: a silent worker loses its leases of jobs with limited threads.
    if (!recordFailure(worker, now)) markSuspect(worker, WorkerState::kSilent, now);
  }
  sweepAt_.reset();
}

void Liveness::scheduleSweep(Instant now) {
  if (!workers_.all().empty() && !sweepAt_) sweepAt_ = now + sweepPeriod(config_);
}

// A tick this late means that this process was suspended: time in which it could not hear workers
// must not count against them.
void Liveness::compensateForPause(Instant now) {
  if (!sweepAt_ || now < *sweepAt_ + sweepPeriod(config_)) return;
  Duration pause = now - *sweepAt_;
  ++metrics_.pauses;
  for (auto& [id, worker] : workers_.all()) {
    worker.heardAt += pause;
    worker.progressAt += pause;
    worker.lostAt += pause;
    for (HeldLease& held : book_.marksOf(id)) held.lentAt += pause;
  }
  sweepAt_ = now + sweepPeriod(config_);
}

bool Liveness::isOverdue(const Worker& worker, Instant now) const {
  const std::vector<HeldLease>& held = book_.heldBy(worker.id);
  if (held.empty()) return false;
  Duration target = std::max(worker.policy.leaseTarget, held.front().target);
  Duration longest = std::max(worker.silenceTimeout, kLeaseTargetsMin * target);
  // A far worker holds longer leases, and the next one while it computes the first.
  longest += 2 * (forRoundTrip({.target = target}, worker.roundTrip).target - target);
  return now - held.front().lentAt >= longest;
}

bool Liveness::isStuck(const Worker& worker, Instant now) const {
  return worker.state == WorkerState::kSilent && now - worker.progressAt >= worker.silenceTimeout;
}

void Liveness::noteHeard(Worker& worker, bool wasStuck, bool madeProgress, Instant now) {
  if (madeProgress) worker.progressAt = now;
  if (madeProgress || book_.heldBy(worker.id).empty()) {
    worker.silenceTimeout = worker.policy.silenceTimeout;  // Not that of an older policy.
  }
  if (wasStuck && madeProgress) {
    // Its leases are overdue only because it did not run, and it was suspect for that time.
    for (HeldLease& held : book_.marksOf(worker.id)) held.lentAt = now;
  }
  bool isBack = book_.heldBy(worker.id).empty() || (madeProgress && !isOverdue(worker, now));
  if (worker.state != WorkerState::kSilent || !isBack) return;
  worker.progressAt = now;
  workers_.setState(worker, WorkerState::kActive, now);
}

void Liveness::noteLost(Worker& worker, Instant now) {
  if (worker.state == WorkerState::kAbsent) return;
  ++metrics_.workersLost;
  workers_.setWaiting(worker, false);
  orders_.forgetAnswers(worker.id);
  worker.lostAt = now;
  markSuspect(worker, WorkerState::kAbsent, now);
}

void Liveness::markSuspect(Worker& worker, WorkerState state, Instant now) {
  workers_.setState(worker, state, now);
  orders_.revoke(book_.suspect(worker.id, now));
}

void Liveness::remove(WorkerId worker, Instant now) {
  bool isLost = workers_.get(worker).state == WorkerState::kAbsent;
  book_.endAll(worker, isLost ? LeaseOutcome::kLost : LeaseOutcome::kGivenBack, now);
  orders_.forgetAnswers(worker);
  workers_.remove(worker, now);
  ++metrics_.workersForgotten;
  orders_.add(action::ForgetWorker{.worker = worker});
}

void Liveness::noteBegun(Worker& worker, LeaseId lease, Instant now) {
  std::ptrdiff_t begun = 0;
  for (HeldLease& held : book_.marksOf(worker.id)) {
    held.isBegun = held.isBegun || held.lease == lease;
    begun += held.isBegun;
  }
  if (begun > kBegunLeasesMax) recordViolation(worker, "it leaves too many leases unfinished", now);
}

void Liveness::recordViolation(Worker& worker, std::string_view what, Instant now) {
  ++metrics_.violations;
  if (++worker.strikes.violations < config_.strikesMax) return;
  quarantine(worker, QuarantineCause::kViolations,
             "it sent " + std::to_string(worker.strikes.violations) +
                 " invalid reports; the last one: " + std::string(what),
             now);
}

void Liveness::recordDisproof(Worker& worker, const std::string& what, Instant now) {
  ++metrics_.violations;
  worker.strikes.violations = std::max(worker.strikes.violations + 1, config_.strikesMax);
  quarantine(worker, QuarantineCause::kViolations, what, now);
}

bool Liveness::recordFailure(Worker& worker, Instant now) {
  bool isNews = false;
  for (HeldLease& held : book_.marksOf(worker.id)) isNews |= !std::exchange(held.hasLapsed, true);
  if (!isNews) return false;
  ++metrics_.failures;
  if (++worker.strikes.failures < config_.strikesMax) return false;
  quarantine(worker, QuarantineCause::kFailures,
             "it was given work " + std::to_string(worker.strikes.failures) +
                 " times and finished none of it",
             now);
  return true;
}

// The worker stays in the table, so that it is recognised when it comes back.
void Liveness::quarantine(Worker& worker, QuarantineCause cause, std::string reason, Instant now) {
  WorkerId id = worker.id;
  ++metrics_.workersQuarantined;
  book_.endAll(id, LeaseOutcome::kRevoked, now);
  orders_.forgetAnswers(id);
  worker.quarantineCause = cause;
  worker.reason = std::move(reason);
  workers_.setWaiting(worker, false);
  workers_.setState(worker, WorkerState::kQuarantined, now);
  orders_.add(action::Quarantine{.worker = id, .cause = cause, .reason = worker.reason});
  if (workers_.quarantined().size() > config_.quarantinedMax) {
    remove(workers_.quarantined().front(), now);
  }
}

void Liveness::checkInvariants() const {
  for (WorkerId id : workers_.quarantined()) PI_CHECK(book_.heldBy(id).empty());
  PI_CHECK(workers_.all().empty() || sweepAt_.has_value());
}

}  // namespace pi::scheduler
