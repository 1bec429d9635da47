// What outlives this scheduler: what it begins with, what it wants committed, and what it may say
// only once that is so.
#include <algorithm>
#include <deque>
#include <utility>

#include "common/base/check.h"
#include "scheduler/core/scheduler.h"

namespace pi::scheduler {

void Scheduler::restore(const SavedJob& saved, Instant now) {
  const JobRecord& record = saved.record;
  Instant submittedAt = now - record.age;
  Job job{.spec = record.spec,
          .state = record.state,
          .reason = record.reason,
          .requestId = record.requestId,
          .isAccepted = true,
          .isAnnounced = isOver(record.state),
          .isRestored = true,
          .ledger = Ledger(record.spec.samples, config_.fragmentsMax),
          .submittedAt = submittedAt,
          .talliedAt = submittedAt + record.elapsed,
          .rate = RateMeter(now),
          .duplicatesDropped = record.duplicatesDropped};
  for (const Fragment& fragment : saved.fragments) job.ledger.restore(fragment);
  for (Contributor contributor : saved.contributors) {
    job.contributors.emplace(contributor.worker, contributor.threads);
  }
  PI_CHECK(job.ledger.isComplete() == (record.state == JobState::kFinished));
  if (!record.requestId.empty()) requests_.emplace(record.requestId, record.id);
  if (isOver(record.state)) {
    endedJobs_.push_back(record.id);
  } else {
    queue_.add(record.id, record.spec.priority);
  }
  PI_CHECK(jobs_.emplace(record.id, std::move(job)).second);
}

void Scheduler::commit(Instant now) {
  std::optional<Instant> due = journal_.dueAt();
  if (!due || now < *due) return;
  Journal::Batch batch = journal_.begin();
  Changes changes{.jobs = {},
                  .forgotten = {batch.forgotten.begin(), batch.forgotten.end()},
                  .lastJob = lastJob_};
  changes.jobs.reserve(batch.changed.size());
  for (JobId id : batch.changed) changes.jobs.push_back(changesOf(id, *findJob(id), now));
  actions_.push_back(action::Commit{.changes = std::move(changes)});
}

JobChanges Scheduler::changesOf(JobId id, Job& job, Instant now) {
  JobChanges changes{.record = {.id = id,
                                .spec = job.spec,
                                .state = job.state,
                                .reason = job.reason,
                                .requestId = job.requestId,
                                .age = now - job.submittedAt,
                                .elapsed = job.talliedAt - job.submittedAt,
                                .duplicatesDropped = job.duplicatesDropped}};
  Fragments::Changed fragments = job.ledger.takeChanges();
  changes.erased = std::move(fragments.erased);
  changes.put = std::move(fragments.put);
  for (WorkerId worker : std::exchange(job.contributorsToSave, {})) {
    changes.contributors.push_back({.worker = worker, .threads = job.contributors.at(worker)});
  }
  return changes;
}

void Scheduler::on(const event::Committed& /*committed*/, Instant now) {
  if (!journal_.isUnderway()) return;
  storeFailure_.clear();
  Journal::Promises kept = journal_.finish();
  for (Journal::Accepted accepted : kept.accepted) {
    if (Job* job = findJob(accepted.job)) job->isAccepted = true;
    actions_.push_back(action::AcceptJob{.submission = accepted.submission, .job = accepted.job});
  }
  for (JobId id : kept.ended) {
    Job* ended = findJob(id);
    if (ended == nullptr) continue;  // It was refused, and withdrawn.
    ended->isAnnounced = true;
    --endsToAnnounce_;
    actions_.push_back(action::AnnounceEnd{.job = *job(id, now)});
  }
  for (WorkerId id : kept.released) actions_.push_back(action::ReleaseWorker{.worker = id});
  for (auto [id, sequence] : kept.heard) {
    Worker* worker = roster_.find(id);
    if (worker == nullptr) continue;
    worker->committed = std::max(worker->committed, sequence);
    worker->heard = std::max(worker->heard, sequence);  // It may have been forgotten meanwhile.
  }
  forgetOldJobs(now);
}

// Nobody is promised what cannot be kept; what is computed meanwhile is committed later.  A refused
// job is in the batch under way all the same: should we crash between that and the one that takes
// it back, it is computed for nobody.
void Scheduler::on(const event::CommitFailed& failed, Instant now) {
  storeFailure_ = failed.sentence;
  for (Journal::Accepted accepted : journal_.takeAccepted()) {
    Job* job = findJob(accepted.job);
    if (job != nullptr && job->isAccepted) {  // It was asked for twice, and is committed since.
      actions_.push_back(action::AcceptJob{.submission = accepted.submission, .job = accepted.job});
      continue;
    }
    actions_.push_back(
        action::RefuseJob{.submission = accepted.submission, .sentence = storeFailure_});
    if (job != nullptr) withdraw(accepted.job, *job, now);
  }
}

// As if it had never been; asked for again, it is another job.
void Scheduler::withdraw(JobId id, Job& job, Instant now) {
  endLeasesOf(id, job);
  if (isOver(job.state)) {
    --endsToAnnounce_;
    std::erase(endedJobs_, id);
  } else {
    queue_.remove(id);
  }
  requests_.erase(job.requestId);
  journal_.forget(id, now);
  jobs_.erase(id);
}

void Scheduler::on(const event::CommitWanted& /*wanted*/, Instant now) { journal_.hurry(now); }

void Scheduler::forgetOldJobs(Instant now) {
  // An end that is not committed may not come true, and makes nobody old.
  while (endedJobs_.size() - endsToAnnounce_ > config_.finishedJobsMax) {
    auto oldest = jobs_.find(endedJobs_.front());
    if (!oldest->second.isAnnounced) return;
    requests_.erase(oldest->second.requestId);
    journal_.forget(oldest->first, now);
    jobs_.erase(oldest);
    endedJobs_.pop_front();
  }
}

}  // namespace pi::scheduler
