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

constexpr std::string_view kNotNext = "it is not the next part of its lease";

// A lease's id says first which of a state directory's schedulers lent it.
constexpr unsigned kLeaseBits = 44;

}  // namespace

Scheduler::Scheduler(const Config& config, const Saved& saved, Instant now)
    : config_(config),
      lastLease_(saved.epoch << kLeaseBits),
      lastJob_(saved.lastJob),
      restartGraceEndsAt_(now + config.reconnectGrace),
      journal_(config.commitPeriod) {
  PI_CHECK(config.blockSamples > 0 && config.finishedJobsMax > 0 && config.quarantinedMax > 0);
  for (const SavedJob& job : saved.jobs) restore(job, now);
}

Actions Scheduler::handle(const Event& event, Instant now) {
  forgiveOwnStall(now);
  std::visit([this, now](const auto& happened) { on(happened, now); }, event);
  serveWaiting(now);
  rebalance(now);
  if (!roster_.all().empty() && !sweepAt_) sweepAt_ = now + sweepPeriod(config_);
  commit(now);
  return std::exchange(actions_, {});
}

std::optional<Instant> Scheduler::wakeAt() const {
  std::optional<Instant> rebalance;
  if (sweepAt_ && isStarving()) rebalance = rebalanceAt_;
  return earliest({sweepAt_, rebalance, journal_.dueAt()});
}

void Scheduler::on(const event::WorkerJoined& joined, Instant now) {
  Worker* worker = roster_.find(joined.worker);
  if (worker == nullptr) {
    Worker fresh{.id = joined.worker, .progressAt = now};
    fresh.speed = joined.profile.samplesPerSecond;
    worker = &roster_.add(std::move(fresh));
  } else if (worker->state == WorkerState::kQuarantined) {
    actions_.push_back(action::Quarantine{.worker = worker->id, .reason = worker->reason});
    return;
  } else if (worker->isConnected()) {
    on(event::WorkerLost{.worker = joined.worker}, now);
  }
  worker->profile = joined.profile;
  worker->progressAt = now;
  updateState(*worker, WorkerState::kActive);
  Proven proven;
  for (const Lease& lease : joined.lent) proven.emplace(lease.id, Proof{.lease = lease});
  hear(*worker, joined.done, proven, now);
  if (worker->state == WorkerState::kQuarantined) return;
  actions_.push_back(
      action::Welcome{.worker = joined.worker, .forget = reconcile(*worker, joined.held, proven)});
}

// Both sides may have missed the other's last words: only what both agree on goes on.
std::vector<LeaseId> Scheduler::reconcile(Worker& worker, const std::vector<LeaseRest>& offered,
                                          const Proven& proven) {
  std::vector<LeaseId> forget;
  std::vector<HeldLease> ours = std::exchange(worker.held, {});
  for (const LeaseRest& offer : offered) {
    auto known = std::find_if(ours.begin(), ours.end(),
                              [&offer](HeldLease held) { return held.lease == offer.lease; });
    if (known == ours.end()) {
      if (!resume(worker, offer, proven)) forget.push_back(offer.lease);
      continue;
    }
    SampleRange rest = findJob(known->job)->ledger.find(known->lease)->rest;
    if (rest.begin != offer.range.begin || !rest.contains(offer.range) || offer.range.empty()) {
      forget.push_back(offer.lease);
      continue;
    }
    giveBackFrom(*known, worker, offer.range.end);
    worker.held.push_back(*known);
    ours.erase(known);
  }
  for (HeldLease unknownToWorker : ours) endLease(unknownToWorker, worker.id);
  return forget;
}

// A lease of a scheduler before this one, or one that was given up for lost, goes on if nobody has
// got any of it since.
bool Scheduler::resume(Worker& worker, const LeaseRest& offer, const Proven& proven) {
  auto proof = proven.find(offer.lease);
  if (proof == proven.end() || offer.range.empty()) return false;
  const Lease& lease = proof->second.lease;
  Job* job = findJob(lease.job);
  bool isWanted = number(lease.id) <= lastLease_ && job != nullptr && !isOver(job->state) &&
                  isLentOf(lease, lease.job, *job) && lease.range.contains(offer.range) &&
                  worker.held.size() < config_.leasesPerWorkerMax;
  if (!isWanted || !job->ledger.resume(lease.id, worker.id, offer.range)) return false;
  worker.held.push_back({.job = lease.job, .lease = lease.id, .lentAt = worker.progressAt});
  job->state = JobState::kRunning;
  queue_.setLendable(lease.job, job->ledger.openSamples() > 0);
  return true;
}

// The worker, unless it is unknown or no more to be listened to.
Worker* Scheduler::listenTo(WorkerId id) {
  Worker* worker = roster_.find(id);
  return worker == nullptr || worker->state == WorkerState::kQuarantined ? nullptr : worker;
}

void Scheduler::on(const event::WorkerLost& lost, Instant now) {
  Worker* worker = listenTo(lost.worker);
  if (worker == nullptr || worker->state == WorkerState::kAbsent) return;
  setWaiting(*worker, false);
  worker->truncations = 0;
  worker->lostAt = now;
  becomeDoubtful(*worker, WorkerState::kAbsent);
}

void Scheduler::on(const event::WorkerLeft& left, Instant now) {
  Worker* worker = listenTo(left.worker);
  if (worker == nullptr) return;
  hear(*worker, left.done, {}, now);
  if (worker->state == WorkerState::kQuarantined || countFailure(*worker)) return;
  removeWorker(*worker);
  journal_.release(left.worker, now);
}

void Scheduler::on(const event::Exchanged& exchanged, Instant now) {
  Worker* worker = listenTo(exchanged.worker);
  if (worker == nullptr) return;
  hear(*worker, exchanged.done, {}, now);
  if (worker->state == WorkerState::kQuarantined) return;
  if (worker->isWaiting || lendTo(*worker, now)) return;
  if (!exchanged.done.empty()) {
    actions_.push_back(action::Lend{.worker = worker->id, .leases = {}});
    return;
  }
  setWaiting(*worker, true);
  rebalanceSoon(now);
}

void Scheduler::on(const event::Reported& reported, Instant now) {
  if (Worker* worker = listenTo(reported.worker)) hear(*worker, reported.done, {}, now);
}

void Scheduler::on(const event::LeaseTruncated& truncated, Instant now) {
  Worker* worker = listenTo(truncated.worker);
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
  PI_CHECK(spec.samples > 0 && spec.samples < kSamplesEnd && spec.chunkSize > 0);
  auto refuse = [this, &submitted](std::string sentence) {
    actions_.push_back(
        action::RefuseJob{.submission = submitted.submission, .sentence = std::move(sentence)});
  };
  if (auto known = requests_.find(submitted.requestId); known != requests_.end()) {
    const Job& job = *findJob(known->second);
    if (job.spec != spec) return refuse("another job was submitted with this request id");
    if (job.isAccepted) {
      actions_.push_back(
          action::AcceptJob{.submission = submitted.submission, .job = known->second});
      return;
    }
    if (!storeFailure_.empty()) return refuse(storeFailure_);
    journal_.accept({.submission = submitted.submission, .job = known->second}, now);
    return;
  }
  if (!storeFailure_.empty()) return refuse(storeFailure_);
  if (queue_.size() >= config_.unfinishedJobsMax) {
    return refuse(
        "the scheduler has as many unfinished jobs as it takes; wait for some to end or cancel "
        "them");
  }
  lastJob_ = JobId{number(lastJob_) + 1};
  jobs_.emplace(lastJob_, Job{.spec = spec,
                              .requestId = submitted.requestId,
                              .ledger = Ledger(spec.samples, config_.fragmentsMax),
                              .submittedAt = now,
                              .talliedAt = now,
                              .rate = RateMeter(now)});
  if (!submitted.requestId.empty()) requests_.emplace(submitted.requestId, lastJob_);
  queue_.add(lastJob_, spec.priority);
  journal_.change(lastJob_, now);
  journal_.accept({.submission = submitted.submission, .job = lastJob_}, now);
  preemptFor(spec, now);
}

void Scheduler::on(const event::JobCancelled& cancelled, Instant now) {
  Job* job = findJob(cancelled.job);
  if (job == nullptr || isOver(job->state)) return;
  endJob(cancelled.job, *job, JobState::kCancelled, cancelled.reason, now);
}

void Scheduler::on(const event::WorkersDismissed& /*dismissed*/, Instant /*now*/) {
  for (auto& [id, worker] : roster_.all()) {
    if (!worker.isConnected()) continue;
    worker.isDismissed = true;
    updateState(worker, WorkerState::kDraining);
    actions_.push_back(action::Drain{.worker = id});
  }
}

void Scheduler::on(const event::Tick& /*tick*/, Instant now) {
  if (!sweepAt_ || now < *sweepAt_) return;
  std::vector<WorkerId> gone, silent;
  for (auto& [id, worker] : roster_.all()) {
    bool isStuck = !worker.held.empty() && now - worker.progressAt >= config_.silenceTimeout;
    isStuck = isStuck || isOverdue(worker, now);
    bool isMute = now - worker.heardAt >= config_.silenceTimeout;
    if (worker.state == WorkerState::kAbsent) {
      if (now - worker.lostAt >= config_.reconnectGrace) gone.push_back(id);
    } else if (worker.isConnected() && !worker.isDoubtful() && (isStuck || isMute)) {
      silent.push_back(id);
    }
  }
  for (WorkerId id : gone) {
    Worker& worker = *roster_.find(id);
    if (!countFailure(worker)) removeWorker(worker);
  }
  for (WorkerId id : silent) {
    Worker& worker = *roster_.find(id);
    becomeDoubtful(worker, WorkerState::kSilent);
    countFailure(worker);
  }
  sweepAt_.reset();
}

// Whether it has had a lease for many times what it takes, however much it says meanwhile: it is
// slower by far than it was, or wants to keep the samples from others.
bool Scheduler::isOverdue(const Worker& worker, Instant now) const {
  constexpr int kManyTimes = 10;
  Duration longest = std::max(config_.silenceTimeout, kManyTimes * config_.lease.target);
  return !worker.held.empty() && now - worker.held.front().lentAt >= longest;
}

// Time during which the scheduler itself did not run counts against nobody.
void Scheduler::forgiveOwnStall(Instant now) {
  if (!sweepAt_ || now < *sweepAt_ + sweepPeriod(config_)) return;
  Duration stall = now - *sweepAt_;
  for (auto& [id, worker] : roster_.all()) {
    worker.heardAt += stall;
    worker.progressAt += stall;
    for (HeldLease& held : worker.held) held.lentAt += stall;
    worker.lostAt += stall;
  }
  sweepAt_ = now + sweepPeriod(config_);
}

void Scheduler::hear(Worker& worker, const std::vector<LeaseTally>& done, Proven proven,
                     Instant now) {
  bool wasStuck =
      worker.state == WorkerState::kSilent && now - worker.progressAt >= config_.silenceTimeout;
  worker.heardAt = now;
  for (const LeaseTally& tally : done) {
    auto proof = proven.find(tally.lease);
    countTally(worker, tally, proof == proven.end() ? nullptr : &proof->second, now);
    if (worker.state == WorkerState::kQuarantined) return;
    worker.heard = std::max(worker.heard, tally.sequence);
  }
  if (!done.empty()) journal_.hear(worker.id, worker.heard, now);
  bool makesProgress = worker.progressAt == now;
  if (wasStuck && makesProgress) {  // The time that it did not run is accounted for.
    for (HeldLease& held : worker.held) held.lentAt = now;
  }
  bool isBack = worker.held.empty() || (makesProgress && !isOverdue(worker, now));
  if (worker.state == WorkerState::kSilent && isBack) {
    worker.progressAt = now;
    updateState(worker, WorkerState::kActive);
  }
}

void Scheduler::countTally(Worker& worker, const LeaseTally& tally, Proof* proof, Instant now) {
  auto drop = [this, &worker, &tally](std::string_view why) {
    actions_.push_back(action::DropTally{.worker = worker.id, .tally = tally, .why = why});
  };
  Job* job = findJob(tally.job);
  if (job == nullptr || isOver(job->state)) return drop("its job is over");
  if (proof != nullptr && !isLentOf(proof->lease, tally.job, *job)) return drop("its job is over");
  SampleRange range = tally.tally.range;
  if (proof != nullptr && !proof->lease.range.contains(range)) proof = nullptr;
  std::string_view lie = lieIn(worker, tally, *job, proof);
  if (job->ledger.counted().holds(range, worker.id)) return;  // It came before.
  if (!lie.empty()) {
    disown(worker, tally);
    drop(lie);
    return catchInALie(worker, lie);
  }
  if (proof == nullptr && job->ledger.find(tally.lease) == nullptr) {
    return drop("its lease is over");
  }
  worker.progressAt = now;
  Ledger::Receipt receipt = job->ledger.count(tally.lease, worker.id, tally.tally);
  if (!receipt.counted) {
    job->duplicatesDropped += range.size();
    journal_.change(tally.job, now);
    return drop("some of it is counted already");
  }
  for (Ledger::LeaseHolder revoked : receipt.revoked) {
    areDoubtsStale_ = true;
    forgetHeld(revoked.worker, revoked.lease);
    if (Worker* holder = roster_.find(revoked.worker)) askToTruncate(*holder, revoked.lease, 0);
  }
  if (job->ledger.find(tally.lease) == nullptr) {
    worker.strikes.failures = 0;
    forgetHeld(worker.id, tally.lease);
  } else {
    noteBegun(worker, tally.lease);
  }
  credit(worker, tally, *job, now);
  if (job->ledger.isComplete()) return endJob(tally.job, *job, JobState::kFinished, {}, now);
  if (job->ledger.counted().haveTooManyGaps()) {
    endJob(tally.job, *job, JobState::kFailed,
           "what is counted of it lies in more pieces than honest workers leave; see the log for "
           "workers that come and go, and submit it again without them",
           now);
  }
}

// What no honest worker reports; empty if there is nothing of that kind.  A ticket counts even if
// the ledger has forgotten its lease; what is brought of it begins anywhere, and then has no gaps.
std::string_view Scheduler::lieIn(const Worker& worker, const LeaseTally& tally, const Job& job,
                                  Proof* proof) const {
  SampleRange range = tally.tally.range;
  bool isInside = range.begin < range.end && range.end <= job.spec.samples;
  if (!isInside || !isPossible(tally.tally, job.spec.stream.sampler)) return "it cannot be true";
  if (proof != nullptr) {
    bool isNext = proof->next.value_or(range.begin) == range.begin;
    proof->next = range.end;
    return isNext ? std::string_view{} : kNotNext;
  }
  const Ledger::Lent* lent = job.ledger.find(tally.lease);
  if (lent == nullptr) {
    return number(tally.lease) > lastLease_ ? "its lease was never lent" : std::string_view{};
  }
  if (lent->worker != worker.id) return "its lease is another worker's";
  bool isPrefix = lent->rest.begin == range.begin && lent->rest.contains(range);
  return isPrefix ? std::string_view{} : kNotNext;
}

// A job that was lost in a crash, because it was not committed, may have left its number to
// another.
bool Scheduler::isLentOf(const Lease& lease, JobId id, const Job& job) {
  return lease.job == id && lease.stream == job.spec.stream && lease.range.end <= job.spec.samples;
}

void Scheduler::credit(Worker& worker, const LeaseTally& tally, Job& job, Instant now) {
  std::uint64_t samples = tally.tally.range.size();
  roster_.learnSpeed(worker, samples, tally.busy);
  worker.contributed += samples;
  if (job.contributors.size() < config_.contributorsMax || job.contributors.contains(worker.id)) {
    std::uint32_t& threads = job.contributors[worker.id];
    if (worker.profile.threads > threads) job.contributorsToSave.insert(worker.id);
    threads = std::max(threads, worker.profile.threads);
  }
  job.talliedAt = now;
  job.rate.add(samples, now);
  queue_.setLendable(tally.job, job.ledger.openSamples() > 0);
  journal_.change(tally.job, now);
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
  if (!worker.isConnected()) return;
  ++worker.truncations;
  actions_.push_back(action::Truncate{.worker = worker.id, .lease = lease, .end = end});
}

void Scheduler::catchInALie(Worker& worker, std::string_view lie) {
  if (++worker.strikes.lies < config_.strikesMax) return;
  quarantine(worker, "it reported what cannot be, " + std::to_string(worker.strikes.lies) +
                         " times; the last time, of a tally, " + std::string(lie));
}

// A worker's threads do its leases in order: where parts of many are counted and none is finished,
// it means to leave as many gaps.
void Scheduler::noteBegun(Worker& worker, LeaseId lease) {
  constexpr std::ptrdiff_t kBegunMax = 16;
  for (HeldLease& held : worker.held) held.isBegun = held.isBegun || held.lease == lease;
  auto begun = std::count_if(worker.held.begin(), worker.held.end(),
                             [](const HeldLease& held) { return held.isBegun; });
  if (begun > kBegunMax)
    catchInALie(worker, "it is of one more lease begun before others are done");
}

// Others have to do what it holds, if it holds anything that this is news of; true if that was so
// once too often.
bool Scheduler::countFailure(Worker& worker) {
  bool isNews = false;
  for (HeldLease& held : worker.held) isNews |= !std::exchange(held.hasLapsed, true);
  if (!isNews || ++worker.strikes.failures < config_.strikesMax) return false;
  quarantine(worker, "it was given work " + std::to_string(worker.strikes.failures) +
                         " times and finished none of it");
  return true;
}

// Its place in the roster stays, so that it is known when it comes back.
void Scheduler::quarantine(Worker& worker, std::string reason) {
  WorkerId id = worker.id;
  for (HeldLease held : std::vector<HeldLease>(worker.held)) endLease(held, id);
  for (const JobQueue::Place& place : queue_.lendable()) findJob(place.job)->ledger.release(id);
  worker.truncations = 0;
  worker.reason = std::move(reason);
  updateState(worker, WorkerState::kQuarantined);
  setWaiting(worker, false);
  actions_.push_back(action::Quarantine{.worker = id, .reason = worker.reason});
  quarantined_.push_back(id);
  if (quarantined_.size() <= config_.quarantinedMax) return;
  removeWorker(*roster_.find(quarantined_.front()));
  quarantined_.pop_front();
}

void Scheduler::endLeasesOf(JobId id, const Job& job) {
  std::vector<Ledger::LeaseHolder> running;
  for (const auto& [lease, lent] : job.ledger.leases()) {
    running.push_back({.lease = lease, .worker = lent.worker});
  }
  for (Ledger::LeaseHolder holding : running) {
    endLease({.job = id, .lease = holding.lease}, holding.worker);
    if (Worker* holder = roster_.find(holding.worker)) askToTruncate(*holder, holding.lease, 0);
  }
}

void Scheduler::endJob(JobId id, Job& job, JobState state, std::string reason, Instant now) {
  endLeasesOf(id, job);
  if (job.ledger.counted().samples() == 0) job.talliedAt = now;  // So long it has waited.
  job.state = state;
  job.reason = std::move(reason);
  queue_.remove(id);
  endedJobs_.push_back(id);
  ++endsToAnnounce_;
  journal_.end(id, now);
}

Scheduler::Job* Scheduler::findJob(JobId job) {
  auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : &found->second;
}

}  // namespace pi::scheduler
