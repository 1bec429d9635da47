#include "scheduler/core/intake.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "common/model/epoch.h"
#include "scheduler/core/hit_bounds.h"

namespace pi::scheduler {
namespace {

bool isPlausible(const Tally& tally, const Job& job) {
  SampleRange range = tally.range;
  bool isInside = range.begin < range.end && range.end <= job.ledger.samples();
  if (!isInside || !isPossible(tally, job.spec.stream.sampler)) return false;
  switch (job.spec.stream.sampler) {
    case Sampler::kRandom:
      return true;  // Improbable hits are possible: see Intake::isImprobable.
    case Sampler::kSobol:
      return canSobolHave(tally);
  }
  return false;
}

// Which rule a plausible tally breaks, if any.
std::optional<DropReason> violationOf(const LeaseTally& tally, const Job& job, WorkerId worker,
                                      const ProvenLease* proven, LeaseId lastLease) {
  SampleRange range = tally.tally.range;
  if (proven != nullptr) {
    bool isNext = proven->next.value_or(range.begin) == range.begin;
    return isNext ? std::nullopt : std::optional(DropReason::kNotNext);
  }
  const LentLease* lent = job.ledger.find(tally.lease);
  if (lent == nullptr) {
    bool wasLent = number(tally.lease) <= number(lastLease);
    return wasLent ? std::nullopt : std::optional(DropReason::kNeverLent);
  }
  if (lent->worker != worker) return DropReason::kForeignLease;
  bool isPrefix = lent->rest.begin == range.begin && lent->rest.contains(range);
  return isPrefix ? std::nullopt : std::optional(DropReason::kNotNext);
}

// No ledger knows its lease, so the job of that number may be another one than it was then: if the
// state directory was restored from a copy.
bool isOfEarlierScheduler(const LeaseTally& tally, const Job& job, LeaseId lastLease) {
  return job.ledger.find(tally.lease) == nullptr && epochOf(tally.lease) < epochOf(lastLease);
}

HitSum sumOf(const Tally& tally) {
  return {.samples = tally.range.size(), .hits = tally.hits.total()};
}

std::string disproof(const LeaseTally& tally, const Hits& hits) {
  SampleRange range = tally.tally.range;
  return "it reported " + std::to_string(tally.tally.hits.total()) + " hits for samples " +
         std::to_string(range.begin) + " to " + std::to_string(range.end) + " of job " +
         std::to_string(number(tally.job)) + ", and there are " + std::to_string(hits.total());
}

// Zero if it is not among them.
std::uint32_t threadsOf(const std::vector<HeldLease>& held, LeaseId lease) {
  auto found = std::ranges::find(held, lease, &HeldLease::lease);
  return found == held.end() ? 0 : found->threads;
}

Verdict dropped(DropReason reason) { return {.kind = Verdict::Kind::kDrop, .reason = reason}; }

}  // namespace

bool isLeaseOf(const Lease& lease, const Job& job) {
  return lease.job == job.id && lease.stream == job.spec.stream &&
         lease.range.end <= job.ledger.samples();
}

Verdict judge(const LeaseTally& tally, const Job* job, WorkerId worker, const ProvenLease* proven,
              LeaseId lastLease) {
  if (job == nullptr || isOver(job->state)) return dropped(DropReason::kJobOver);
  if (proven != nullptr && !isLeaseOf(proven->lease, *job)) return dropped(DropReason::kJobOver);
  SampleRange range = tally.tally.range;
  if (proven != nullptr && !proven->lease.range.contains(range)) proven = nullptr;

  bool canBeTrue = isPlausible(tally.tally, *job);
  std::optional<DropReason> violation =
      canBeTrue ? violationOf(tally, *job, worker, proven, lastLease) : DropReason::kImpossible;
  if (proven == nullptr && isOfEarlierScheduler(tally, *job, lastLease)) violation.reset();
  Verdict verdict{.isNextOfProven = proven != nullptr && canBeTrue};
  if (job->ledger.counted().holds(range, worker)) {
    verdict.kind = Verdict::Kind::kRepeated;
  } else if (violation) {
    verdict.kind = Verdict::Kind::kDrop;
    verdict.reason = *violation;
  } else if (proven == nullptr && job->ledger.find(tally.lease) == nullptr) {
    verdict.kind = Verdict::Kind::kDrop;
    verdict.reason = DropReason::kLeaseOver;
  } else if (job->ledger.counted().intersects(range)) {
    verdict.kind = Verdict::Kind::kDrop;
    verdict.reason = DropReason::kAlreadyCounted;
  }
  return verdict;
}

Intake::Intake(const Config& config, JobHandler& jobHandler, JobTable& jobs, WorkerTable& workers,
               LeaseBook& book, CommitQueue& commits, Liveness& liveness, Orders& orders,
               Metrics& metrics)
    : config_(config),
      jobHandler_(jobHandler),
      jobs_(jobs),
      workers_(workers),
      book_(book),
      commits_(commits),
      liveness_(liveness),
      orders_(orders),
      metrics_(metrics),
      recheck_(orders) {}

void Intake::take(Worker& worker, const std::vector<LeaseTally>& done, ProvenLeases proven,
                  Instant now) {
  bool wasStuck = liveness_.isStuck(worker, now);
  worker.heardAt = now;
  bool madeProgress = false;
  for (const LeaseTally& tally : done) {
    auto lease = proven.find(tally.lease);
    ProvenLease* shown = lease == proven.end() ? nullptr : &lease->second;
    madeProgress |= takeTally(worker, tally, shown, now);
    if (worker.state == WorkerState::kQuarantined) return;
    worker.heard = std::max(worker.heard, tally.sequence);
  }
  if (!done.empty()) commits_.hear(worker.id, worker.heard, now);
  liveness_.noteHeard(worker, wasStuck, madeProgress, now);
}

// True if the worker computed something new, whether or not it counts.
bool Intake::takeTally(Worker& worker, const LeaseTally& tally, ProvenLease* proven, Instant now) {
  Job* job = jobs_.find(tally.job);
  Verdict verdict = judge(tally, job, worker.id, proven, book_.lastLease());
  if (verdict.isNextOfProven) proven->next = tally.tally.range.end;
  switch (verdict.kind) {
    case Verdict::Kind::kCount:
      if (isImprobable(worker.id, tally.tally, *job)) return doubt(worker, tally, *job, now);
      ++metrics_.talliesCounted;
      job->hitSums.add(worker.id, sumOf(tally.tally), config_.contributorsMax);
      count(worker, tally, *job, now);
      return true;
    case Verdict::Kind::kRepeated:
      ++metrics_.talliesRepeated;
      return false;
    case Verdict::Kind::kDrop:
      break;
  }
  drop(worker, tally, verdict.reason, now);
  if (isViolation(verdict.reason) || verdict.reason == DropReason::kJobOver) return false;
  // It was too late, but it shows how fast the worker is.
  SampleRange range = tally.tally.range;
  if (!job->seats.isLimited()) {
    workers_.learnSpeed(worker, job->work.kind(), job->work.costOf(range), tally.busy);
  }
  if (verdict.reason != DropReason::kAlreadyCounted) return false;
  metrics_.samplesDropped += range.size();
  job->duplicatesDropped += range.size();
  job->contributors.add(worker.id, worker.profile, {.samplesDropped = range.size()},
                        config_.contributorsMax);
  commits_.change(job->id, now);
  return true;
}

void Intake::drop(Worker& worker, const LeaseTally& tally, DropReason reason, Instant now) {
  ++metrics_.talliesDropped[static_cast<std::size_t>(reason)];
  orders_.add(action::DropTally{.worker = worker.id, .tally = tally, .reason = reason});
  if (!isViolation(reason)) return;
  endLease(worker.id, tally, now);
  liveness_.recordViolation(worker, sentenceOf(reason), now);
}

// The worker believes that it has done this part of the lease: others have to compute it.
void Intake::endLease(WorkerId worker, const LeaseTally& tally, Instant now) {
  const LentLease* own = jobs_.get(tally.job).ledger.find(tally.lease);
  if (own == nullptr || own->worker != worker) return;
  book_.truncate(worker, tally.lease, 0, now, LeaseOutcome::kRevoked);
  orders_.revoke({{.lease = tally.lease, .worker = worker}});
}

// By itself, or together with what the worker has reported of the job before.
bool Intake::isImprobable(WorkerId worker, const Tally& tally, const Job& job) const {
  if (!areIndependent(job.spec.stream.sampler)) return false;
  HitSum own = sumOf(tally), all = job.hitSums.of(worker);
  all.samples += own.samples;
  all.hits += own.hits;
  return std::ranges::any_of(std::array{own, all}, [this](const HitSum& sum) {
    return surpriseOf(sum.hits, sum.samples) > config_.surpriseMax;
  });
}

// True if the tally waits for a verdict.  A tally that is too large for that is dropped: if its
// hits are true, its samples are lent in parts that are small enough.
bool Intake::doubt(Worker& worker, const LeaseTally& tally, const Job& job, Instant now) {
  endLease(worker.id, tally, now);
  std::uint64_t samples = tally.tally.range.size();
  if (samples > config_.recheckSamplesMax || recheck_.has(worker.id)) {
    worker.doubtedSamples = std::max(worker.doubtedSamples, samples);
    drop(worker, tally, DropReason::kImprobable, now);
    return false;
  }
  ++metrics_.talliesDoubted;
  recheck_.add({.worker = worker.id, .tally = tally, .stream = job.spec.stream});
  return true;
}

void Intake::settle(const event::Recomputed& recomputed, Instant now) {
  std::optional<Doubt> doubt = recheck_.settle(recomputed);
  if (!doubt) return;
  const LeaseTally& tally = doubt->tally;
  bool isTrue = tally.tally.hits == recomputed.hits;
  if (isTrue) {
    ++metrics_.talliesConfirmed;
    orders_.add(action::ConfirmTally{.worker = doubt->worker, .tally = tally});
  }
  Worker* worker = workers_.find(doubt->worker);
  if (worker == nullptr || worker->state == WorkerState::kQuarantined) return;
  Job* job = jobs_.find(tally.job);
  bool isOpen = job != nullptr && !isOver(job->state);
  if (isOpen) noteRecomputed(*worker, *job, tally.tally.range, isTrue, now);
  if (!isTrue) return liveness_.recordDisproof(*worker, disproof(tally, recomputed.hits), now);
  bool isWanted = isOpen && !job->ledger.counted().intersects(tally.tally.range);
  // It does not belong into the sum of what was believed.
  if (isWanted) count(*worker, tally, *job, now);
}

void Intake::noteRecomputed(const Worker& worker, Job& job, SampleRange range, bool isTrue,
                            Instant now) {
  WorkerShare more =
      isTrue ? WorkerShare{.samplesConfirmed = range.size()} : WorkerShare{.disproved = 1};
  job.contributors.add(worker.id, worker.profile, more, config_.contributorsMax);
  commits_.change(job.id, now);
}

void Intake::count(Worker& worker, const LeaseTally& tally, Job& job, Instant now) {
  std::uint64_t chunksBefore = job.ledger.progress().wholeChunks();
  std::uint32_t threads =
      job.seats.isLimited() ? threadsOf(book_.heldBy(worker.id), tally.lease) : 0;
  orders_.revoke(book_.count(job, tally, worker.id, now).revoked);
  metrics_.samplesCounted += tally.tally.range.size();
  metrics_.hitsCounted += tally.tally.hits.total();
  metrics_.chunksCounted += job.ledger.progress().wholeChunks() - chunksBefore;
  if (job.ledger.find(tally.lease) == nullptr) {
    Liveness::noteFinished(worker);
  } else {
    liveness_.noteBegun(worker, tally.lease, now);
  }
  credit(worker, tally, threads, job, now);
  followGoal(job, now);
}

// `threads`: those of its lease, as far as that is known.
void Intake::credit(Worker& worker, const LeaseTally& tally, std::uint32_t threads, Job& job,
                    Instant now) {
  SampleRange range = tally.tally.range;
  std::uint64_t cost = job.work.costOf(range);
  if (!job.seats.isLimited()) {
    threads = worker.profile.threads;
    workers_.learnSpeed(worker, job.work.kind(), cost, tally.busy);
  } else if (threads > 0) {
    // Rounded up: a part of nothing would teach nothing.
    worker.learnThreadSpeed(job.work.kind(), (cost + threads - 1) / threads, tally.busy);
  }
  workers_.noteCounted(worker, cost);
  worker.contributed += range.size();
  worker.doubtedSamples -= std::min(worker.doubtedSamples, range.size());
  job.contributors.add(worker.id, worker.profile, {.threads = std::max(threads, 1u)},
                       config_.contributorsMax);
  start(job, now);  // Perhaps an earlier scheduler lent this, and did not save the start.
  jobs_.noteCounted(job, range.size(), now);
  commits_.change(job.id, now);
}

void Intake::followGoal(Job& job, Instant now) {
  GoalStep step = config_.goal(job.spec, job.ledger.progress());
  if (step.isReached) {
    return jobHandler_.end(job, JobState::kFinished, step.isMissed ? kMissedText : "", now);
  }
  if (job.ledger.counted().haveTooManyGaps()) {
    return jobHandler_.end(
        job, JobState::kFailed,
        "its counted samples lie in more pieces than honest workers leave; look in the log for "
        "workers that come and go, and submit it again without them",
        now);
  }
  if (step.samples == job.ledger.samples()) return;
  ++metrics_.goalsRaised;
  jobHandler_.raise(job, step.samples, now);
}

}  // namespace pi::scheduler
