#include "scheduler/core/scheduler.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {
namespace {

// How often the workers' deadlines are looked at.
Duration sweepPeriod(const Config& config) {
  Duration shortest = std::min(config.silenceTimeout, config.reconnectGrace) / 4;
  return std::clamp<Duration>(shortest, std::chrono::milliseconds(50), std::chrono::seconds(1));
}

}  // namespace

Scheduler::Scheduler(const Config& config) : config_(config) {
  check(config.blockSamples > 0 && config.finishedJobsMax > 0);
}

Actions Scheduler::handle(const Event& event, Instant now) {
  forgiveOwnStall(now);
  std::visit([this, now](const auto& happened) { on(happened, now); }, event);
  serveWaiting(now);
  rebalance(now);
  if (!roster_.all().empty() && !sweepAt_) sweepAt_ = now + sweepPeriod(config_);
  return std::exchange(actions_, {});
}

std::optional<Instant> Scheduler::wakeAt() const {
  if (sweepAt_ && isStarving()) return std::min(*sweepAt_, rebalanceAt_);
  return sweepAt_;
}

void Scheduler::on(const event::WorkerJoined& joined, Instant now) {
  Worker* worker = roster_.find(joined.worker);
  if (worker == nullptr) {
    Worker fresh{.id = joined.worker, .progressAt = now};
    fresh.speed = joined.profile.samplesPerSecond;
    worker = &roster_.add(std::move(fresh));
  } else if (worker->state != WorkerState::kAbsent) {
    on(event::WorkerLost{.worker = joined.worker}, now);
  }
  worker->profile = joined.profile;
  worker->progressAt = now;
  updateState(*worker, WorkerState::kActive);
  hear(*worker, joined.done, now);
  actions_.push_back(
      action::Welcome{.worker = joined.worker, .forget = reconcile(*worker, joined.held)});
}

// Both sides may have missed the other's last words: only what both agree on goes on.
std::vector<LeaseId> Scheduler::reconcile(Worker& worker, const std::vector<Lease>& offered) {
  std::vector<LeaseId> forget;
  std::vector<HeldLease> ours = std::exchange(worker.held, {});
  for (const Lease& offer : offered) {
    auto isOffer = [&offer](HeldLease held) {
      return held.lease == offer.id && held.job == offer.job;
    };
    auto known = std::find_if(ours.begin(), ours.end(), isOffer);
    Ledger* ledger = known == ours.end() ? nullptr : &findJob(offer.job)->ledger;
    const Ledger::Lent* lent = ledger == nullptr ? nullptr : ledger->find(offer.id);
    if (lent == nullptr || lent->rest.begin != offer.range.begin ||
        !lent->rest.contains(offer.range) || offer.range.empty()) {
      forget.push_back(offer.id);
      continue;
    }
    giveBackFrom(*known, worker, offer.range.end);
    worker.held.push_back(*known);
    ours.erase(known);
  }
  for (HeldLease unknownToWorker : ours) endLease(unknownToWorker, worker.id);
  return forget;
}

void Scheduler::on(const event::WorkerLost& lost, Instant now) {
  Worker* worker = roster_.find(lost.worker);
  if (worker == nullptr || worker->state == WorkerState::kAbsent) return;
  setWaiting(*worker, false);
  worker->truncations = 0;
  worker->lostAt = now;
  becomeDoubtful(*worker, WorkerState::kAbsent);
}

void Scheduler::on(const event::WorkerLeft& left, Instant now) {
  Worker* worker = roster_.find(left.worker);
  if (worker == nullptr) return;
  hear(*worker, left.done, now);
  removeWorker(*worker);
}

void Scheduler::on(const event::Exchanged& exchanged, Instant now) {
  Worker* worker = roster_.find(exchanged.worker);
  if (worker == nullptr) return;
  hear(*worker, exchanged.done, now);
  if (worker->isWaiting || lendTo(*worker, now)) return;
  if (!exchanged.done.empty()) {
    actions_.push_back(action::Lend{.worker = worker->id, .leases = {}});
    return;
  }
  setWaiting(*worker, true);
  rebalanceSoon(now);
}

void Scheduler::on(const event::Reported& reported, Instant now) {
  if (Worker* worker = roster_.find(reported.worker)) hear(*worker, reported.done, now);
}

void Scheduler::on(const event::LeaseTruncated& truncated, Instant now) {
  Worker* worker = roster_.find(truncated.worker);
  if (worker == nullptr) return;
  worker->heardAt = now;
  if (worker->truncations > 0) --worker->truncations;
  for (HeldLease held : worker->held) {
    if (held.lease != truncated.lease) continue;
    giveBackFrom(held, *worker, truncated.end);
    if (findJob(held.job)->ledger.find(held.lease) == nullptr) forgetHeld(worker->id, held.lease);
    return;
  }
}

void Scheduler::on(const event::JobSubmitted& submitted, Instant now) {
  const JobSpec& spec = submitted.spec;
  check(spec.samples > 0 && spec.samples < kSamplesEnd && spec.chunkSize > 0);
  if (queue_.size() >= config_.unfinishedJobsMax) {
    actions_.push_back(action::RefuseJob{
        .sentence = "the scheduler has as many unfinished jobs as it takes; wait for some to end "
                    "or cancel them"});
    return;
  }
  lastJob_ = JobId{number(lastJob_) + 1};
  jobs_.emplace(lastJob_, Job{.spec = spec,
                              .state = JobState::kQueued,
                              .reason = {},
                              .ledger = Ledger(spec.samples),
                              .submittedAt = now,
                              .talliedAt = now,
                              .rate = RateMeter(now),
                              .contributors = {},
                              .duplicatesDropped = 0});
  queue_.add(lastJob_, spec.priority);
  actions_.push_back(action::AcceptJob{.job = lastJob_});
  preemptFor(spec, now);
}

void Scheduler::on(const event::JobCancelled& cancelled, Instant /*now*/) {
  Job* job = findJob(cancelled.job);
  if (job == nullptr || isOver(job->state)) return;
  endJob(cancelled.job, *job, JobState::kCancelled, cancelled.reason);
}

void Scheduler::on(const event::WorkersDismissed& /*dismissed*/, Instant /*now*/) {
  for (auto& [id, worker] : roster_.all()) {
    if (worker.state == WorkerState::kAbsent) continue;
    worker.isDismissed = true;
    updateState(worker, WorkerState::kDraining);
    actions_.push_back(action::Drain{.worker = id});
  }
}

void Scheduler::on(const event::Tick& /*tick*/, Instant now) {
  if (!sweepAt_ || now < *sweepAt_) return;
  std::vector<WorkerId> gone;
  for (auto& [id, worker] : roster_.all()) {
    bool isStuck = !worker.held.empty() && now - worker.progressAt >= config_.silenceTimeout;
    bool isMute = now - worker.heardAt >= config_.silenceTimeout;
    if (worker.state == WorkerState::kAbsent) {
      if (now - worker.lostAt >= config_.reconnectGrace) gone.push_back(id);
    } else if (!worker.isDoubtful() && (isStuck || isMute)) {
      becomeDoubtful(worker, WorkerState::kSilent);
    }
  }
  for (WorkerId id : gone) removeWorker(*roster_.find(id));
  sweepAt_.reset();
}

// Time during which the scheduler itself did not run counts against nobody.
void Scheduler::forgiveOwnStall(Instant now) {
  if (!sweepAt_ || now < *sweepAt_ + sweepPeriod(config_)) return;
  Duration stall = now - *sweepAt_;
  for (auto& [id, worker] : roster_.all()) {
    worker.heardAt += stall;
    worker.progressAt += stall;
    worker.lostAt += stall;
  }
  sweepAt_ = now + sweepPeriod(config_);
}

void Scheduler::hear(Worker& worker, const std::vector<LeaseTally>& done, Instant now) {
  worker.heardAt = now;
  for (const LeaseTally& tally : done) countTally(worker, tally, now);
  bool isBack = worker.held.empty() || worker.progressAt == now;
  if (worker.state == WorkerState::kSilent && isBack) {
    worker.progressAt = now;
    updateState(worker, WorkerState::kActive);
  }
}

void Scheduler::countTally(Worker& worker, const LeaseTally& tally, Instant now) {
  auto drop = [this, &worker, &tally](std::string_view why) {
    actions_.push_back(action::DropTally{.worker = worker.id, .tally = tally, .why = why});
  };
  Job* job = findJob(tally.job);
  if (job == nullptr || isOver(job->state)) return drop("its job is over");
  SampleRange range = tally.tally.range;
  bool isInside = range.begin < range.end && range.end <= job->spec.samples;
  if (!isInside || !isPossible(tally.tally, job->spec.stream.sampler)) {
    disown(worker, tally);
    return drop("it cannot be true");
  }
  worker.progressAt = now;
  Ledger::Receipt receipt = job->ledger.count(tally.lease, worker.id, tally.tally);
  if (!receipt.counted) {
    job->duplicatesDropped += range.size();
    const Ledger::Lent* own = job->ledger.find(tally.lease);
    if (own != nullptr && own->rest.intersects(range)) disown(worker, tally);
    return drop("some of it is counted already");
  }
  for (Ledger::LeaseHolder revoked : receipt.revoked) {
    areDoubtsStale_ = true;
    forgetHeld(revoked.worker, revoked.lease);
    if (Worker* holder = roster_.find(revoked.worker)) askToTruncate(*holder, revoked.lease, 0);
  }
  if (job->ledger.find(tally.lease) == nullptr) forgetHeld(worker.id, tally.lease);
  queue_.setLendable(tally.job, job->ledger.openSamples() > 0);
  roster_.learnSpeed(worker, range.size(), tally.busy);
  worker.contributed += range.size();
  Contribution& contribution = job->contributors[worker.id];
  contribution.samples += range.size();
  contribution.threads = std::max(contribution.threads, worker.profile.threads);
  job->talliedAt = now;
  job->rate.add(range.size(), now);
  if (job->ledger.isComplete()) endJob(tally.job, *job, JobState::kFinished, {});
}

// The worker believes a lease done of which samples are not: somebody else has to compute them.
void Scheduler::disown(Worker& worker, const LeaseTally& tally) {
  const Ledger::Lent* own = findJob(tally.job)->ledger.find(tally.lease);
  if (own == nullptr || own->worker != worker.id) return;
  endLease({.job = tally.job, .lease = tally.lease}, worker.id);
  askToTruncate(worker, tally.lease, 0);
}

void Scheduler::becomeDoubtful(Worker& worker, WorkerState state) {
  updateState(worker, state);
  areDoubtsStale_ = true;
  for (const JobQueue::Place& place : queue_.lendable()) {
    findJob(place.job)->ledger.release(worker.id);
  }
  // Of two leases on a sample only one may be in doubt, or nobody would ever compute it.
  for (HeldLease held : worker.held) {
    for (Ledger::LeaseHolder rival : findJob(held.job)->ledger.rivals(held.lease)) {
      Worker* holder = roster_.find(rival.worker);
      if (!holder->isDoubtful()) continue;
      endLease({.job = held.job, .lease = rival.lease}, rival.worker);
      askToTruncate(*holder, rival.lease, 0);
    }
  }
}

void Scheduler::removeWorker(Worker& worker) {
  WorkerId id = worker.id;
  for (HeldLease held : std::vector<HeldLease>(worker.held)) endLease(held, id);
  for (const JobQueue::Place& place : queue_.lendable()) findJob(place.job)->ledger.release(id);
  setWaiting(worker, false);
  roster_.remove(id);
  actions_.push_back(action::ForgetWorker{.worker = id});
}

void Scheduler::endLease(HeldLease held, WorkerId worker) {
  if (const Worker* holder = roster_.find(worker)) giveBackFrom(held, *holder, 0);
  forgetHeld(worker, held.lease);
}

void Scheduler::giveBackFrom(HeldLease held, const Worker& worker, std::uint64_t end) {
  Ledger& ledger = findJob(held.job)->ledger;
  std::uint64_t before = ledger.openSamples();
  ledger.giveBackFrom(held.lease, end);
  std::uint64_t returned = ledger.openSamples() - before;
  queue_.setLendable(held.job, ledger.openSamples() > 0);
  queue_.refund(held.job, static_cast<double>(returned) / static_cast<double>(worker.speed));
  areDoubtsStale_ = true;
}

// Only active workers stand in the queue.
void Scheduler::setWaiting(Worker& worker, bool isWaiting) {
  std::erase(waiting_, worker.id);
  worker.isWaiting = isWaiting;
  if (isWaiting && worker.state == WorkerState::kActive) waiting_.push_back(worker.id);
}

void Scheduler::updateState(Worker& worker, WorkerState state) {
  bool isLeaving = worker.isDismissed && state == WorkerState::kActive;
  roster_.setState(worker, isLeaving ? WorkerState::kDraining : state);
  setWaiting(worker, worker.isWaiting);
}

void Scheduler::forgetHeld(WorkerId worker, LeaseId lease) {
  Worker* holder = roster_.find(worker);
  if (holder == nullptr) return;
  std::erase_if(holder->held, [lease](HeldLease held) { return held.lease == lease; });
}

void Scheduler::askToTruncate(Worker& worker, LeaseId lease, std::uint64_t end) {
  if (worker.state == WorkerState::kAbsent) return;
  ++worker.truncations;
  actions_.push_back(action::Truncate{.worker = worker.id, .lease = lease, .end = end});
}

void Scheduler::endJob(JobId id, Job& job, JobState state, std::string reason) {
  std::vector<Ledger::LeaseHolder> running;
  for (const auto& [lease, lent] : job.ledger.leases()) {
    running.push_back({.lease = lease, .worker = lent.worker});
  }
  for (Ledger::LeaseHolder holding : running) {
    endLease({.job = id, .lease = holding.lease}, holding.worker);
    if (Worker* holder = roster_.find(holding.worker)) askToTruncate(*holder, holding.lease, 0);
  }
  job.state = state;
  job.reason = std::move(reason);
  queue_.remove(id);
  actions_.push_back(action::AnnounceEnd{.job = id});
  endedJobs_.push_back(id);
  if (endedJobs_.size() > config_.finishedJobsMax) {
    jobs_.erase(endedJobs_.front());
    endedJobs_.pop_front();
  }
}

Scheduler::Job* Scheduler::findJob(JobId job) {
  auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : &found->second;
}

}  // namespace pi::scheduler
