#include "scheduler/core/job_handler.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "scheduler/core/extension.h"

namespace pi::scheduler {
namespace {

constexpr const char* kNoJobToExtend =
    "the scheduler does not know this job, or has forgotten it; pi-client list shows all jobs";

// Whether the job came from such a submission.  Its priority may have changed since, and an
// extension has changed its samples.
bool isOf(const Job& job, JobSpec spec) {
  spec.priority = job.spec.priority;
  if (!job.extensions.empty()) {
    spec.samples = job.spec.samples;
    spec.targetError = job.spec.targetError;
  }
  return job.spec == spec;
}

}  // namespace

JobHandler::JobHandler(const Config& config, JobTable& jobs, WorkerTable& workers, LeaseBook& book,
                       CommitQueue& commits, Lender& lender, Orders& orders, Metrics& metrics)
    : config_(config),
      jobs_(jobs),
      workers_(workers),
      book_(book),
      commits_(commits),
      lender_(lender),
      orders_(orders),
      metrics_(metrics) {}

void JobHandler::restore(const Saved& saved, Instant now) {
  jobs_.setLastId(saved.lastJob);
  for (const SavedJob& savedJob : saved.jobs) {
    Job& job = jobs_.restore(savedJob, now);
    if (isOver(job.state)) continue;
    book_.open(job);
    if (job.streamVersion == kStreamVersion) continue;
    end(job, JobState::kFailed,
        "its samples are of stream version " + std::to_string(job.streamVersion) +
            ", and this program computes version " + std::to_string(kStreamVersion) +
            "; submit it again",
        now);
  }
}

void JobHandler::submit(const event::JobSubmitted& submitted, Instant now) {
  const JobSpec& spec = submitted.spec;
  PI_CHECK(spec.samples > 0);
  PI_CHECK(spec.samples < kSamplesEnd);
  PI_CHECK(spec.chunkSize > 0);
  PI_CHECK(spec.targetError >= 0);
  if (Job* known = jobs_.ofRequest(submitted.requestId)) {
    CommitQueue::Accepted accepted{.submission = submitted.submission, .job = known->id};
    if (!isOf(*known, spec)) {
      return refuse(submitted.submission, RefusalReason::kRequestIdReused,
                    "another job was submitted with this request id");
    }
    if (known->isAccepted) return accept(accepted);
    if (commits_.failure())
      return refuse(submitted.submission, RefusalReason::kNotSaved, *commits_.failure());
    return commits_.accept(accepted, now);
  }
  if (!admit(submitted.submission)) return;
  ++metrics_.jobsSubmitted;
  const Job& job = jobs_.add(
      {.spec = spec, .requestId = submitted.requestId, .uid = submitted.uid, .on = submitted.now},
      now);
  book_.open(job);
  commits_.change(job.id, now);
  commits_.accept({.submission = submitted.submission, .job = job.id}, now);
  lender_.preemptFor(job, now);
}

bool JobHandler::admit(SubmissionId submission) {
  if (commits_.failure()) {
    refuse(submission, RefusalReason::kNotSaved, *commits_.failure());
    return false;
  }
  if (jobs_.unfinished() >= config_.unfinishedJobsMax) {
    refuse(submission, RefusalReason::kTooManyJobs,
           "the scheduler has as many unfinished jobs as it can take; wait for some to end, or "
           "cancel them");
    return false;
  }
  return true;
}

void JobHandler::extend(const event::JobExtended& asked, Instant now) {
  PI_CHECK(asked.samples > 0);
  PI_CHECK(asked.samples < kSamplesEnd);
  CommitQueue::Accepted extended{.submission = asked.submission, .job = asked.job};
  Job* job = jobs_.find(asked.job);
  if (job == nullptr || !job->isAccepted) {
    return refuse(asked.submission, RefusalReason::kUnknownJob, kNoJobToExtend);
  }
  ExtensionVerdict verdict = judge(*job, asked);
  switch (verdict.step) {
    case ExtensionStep::kBegin:
      if (!admit(asked.submission)) return;
      job->pending =
          PendingExtension{.samples = asked.samples, .requestId = asked.requestId, .askedAt = now};
      return commits_.extend(extended, now);
    case ExtensionStep::kWait:
      return commits_.extend(extended, now);
    case ExtensionStep::kAccept:
      return noteExtended(extended, now);
    case ExtensionStep::kRefuse:
      return refuse(asked.submission, RefusalReason::kCannotExtend, std::move(verdict.sentence));
  }
}

void JobHandler::noteExtended(CommitQueue::Accepted extended, Instant now) {
  Job* job = jobs_.find(extended.job);
  if (job == nullptr) {
    return refuse(extended.submission, RefusalReason::kUnknownJob, kNoJobToExtend);
  }
  if (job->pending) reopen(*job, now);  // Else it is a repeated request.
  orders_.add(action::AcceptExtension{.submission = extended.submission, .job = extended.job});
}

// Nothing of an extension is lent before it is committed, so nothing must be taken back if it is
// refused.
void JobHandler::reopen(Job& job, Instant now) {
  ++metrics_.jobsExtended;
  jobs_.reopen(job, now);
  book_.open(job);
  raise(job, config_.goal(job.spec, job.ledger.progress()).samples, now);
}

void JobHandler::raise(Job& job, std::uint64_t samples, Instant now) {
  book_.extend(job, samples);
  lender_.preemptFor(job, now);
}

void JobHandler::refuseExtensions(Instant now) {
  std::vector<CommitQueue::Accepted> waiting = commits_.takeExtended();
  for (CommitQueue::Accepted extended : waiting) {
    const Job* job = jobs_.find(extended.job);
    if (job != nullptr && !job->pending) {
      noteExtended(extended, now);  // A repeated request, committed since the first one.
    } else {
      refuse(extended.submission, RefusalReason::kNotSaved, *commits_.failure());
    }
  }
  for (CommitQueue::Accepted extended : waiting) {
    Job* job = jobs_.find(extended.job);
    if (job == nullptr || !job->pending) continue;
    job->pending.reset();
    commits_.change(job->id, now);  // The batch that is being committed has the extension.
  }
}

void JobHandler::refuse(SubmissionId submission, RefusalReason reason, std::string sentence) {
  ++metrics_.jobsRefused;
  orders_.add(action::RefuseJob{
      .submission = submission, .reason = reason, .sentence = std::move(sentence)});
}

void JobHandler::accept(CommitQueue::Accepted accepted) {
  orders_.add(action::AcceptJob{.submission = accepted.submission, .job = accepted.job});
}

void JobHandler::reprioritize(const event::JobReprioritized& wanted, Instant now) {
  Job* job = jobs_.find(wanted.job);
  if (job == nullptr || isOver(job->state) || job->spec.priority == wanted.priority) return;
  ++metrics_.jobsReprioritized;
  book_.reprioritize(*job, wanted.priority);
  commits_.change(job->id, now);
}

void JobHandler::cancel(const event::JobCancelled& cancelled, Instant now) {
  Job* job = jobs_.find(cancelled.job);
  if (job == nullptr || isOver(job->state)) return;
  end(*job, JobState::kCancelled, cancelled.reason, now);
}

void JobHandler::end(Job& job, JobState state, std::string reason, Instant now) {
  ++metrics_.jobsEnded;
  orders_.revoke(book_.close(job, now));
  jobs_.end(job, state, std::move(reason), now);
  commits_.end(job.id, now);
}

void JobHandler::commit(Instant now) {
  std::optional<Instant> due = commits_.dueAt();
  if (!due || now < *due) return;
  ++metrics_.commits;
  CommitQueue::Batch batch = commits_.begin(now);
  Changes changes{.jobs = {},
                  .forgotten = {batch.forgotten.begin(), batch.forgotten.end()},
                  .lastJob = jobs_.lastId()};
  changes.jobs.reserve(batch.changed.size());
  for (JobId id : batch.changed) changes.jobs.push_back(takeChanges(jobs_.get(id), now));
  orders_.add(action::Commit{.changes = std::move(changes)});
}

void JobHandler::noteCommitted(Instant now) {
  if (!commits_.isUnderway()) return;
  CommitQueue::Promises kept = commits_.finish();
  for (CommitQueue::Accepted accepted : kept.accepted) {
    if (Job* job = jobs_.find(accepted.job)) job->isAccepted = true;
    accept(accepted);
  }
  for (CommitQueue::Accepted extended : kept.extended) noteExtended(extended, now);
  for (JobId id : kept.ended) {
    Job* ended = jobs_.find(id);
    if (ended == nullptr) continue;  // It was refused and withdrawn.
    jobs_.announce(*ended);
    Surroundings around{.workersNow = workers_.connected()};
    orders_.add(action::AnnounceEnd{.job = infoOf(*ended, around, now)});
  }
  for (WorkerId id : kept.released) orders_.add(action::ReleaseWorker{.worker = id});
  for (auto [id, sequence] : kept.heard) {
    Worker* worker = workers_.find(id);
    if (worker == nullptr) continue;
    worker->committed = std::max(worker->committed, sequence);
    // It may have been forgotten and come back since.
    worker->heard = std::max(worker->heard, sequence);
  }
  for (JobId id : jobs_.forgetOld(now)) commits_.forget(id, now);
}

// Computing continues, and its results are committed later.  A job that is refused here is in the
// batch that is being committed, and the next batch removes it.  If this process crashes between
// the two, the job is computed although no client waits for it.
void JobHandler::noteCommitFailed(const event::CommitFailed& failed, Instant now) {
  ++metrics_.commitFailures;
  commits_.fail(failed.sentence);
  for (CommitQueue::Accepted accepted : commits_.takeAccepted()) {
    Job* job = jobs_.find(accepted.job);
    if (job != nullptr && job->isAccepted) {  // A repeated request, committed since the first one.
      accept(accepted);
      continue;
    }
    refuse(accepted.submission, RefusalReason::kNotSaved, failed.sentence);
    if (job != nullptr) withdraw(*job, now);
  }
  refuseExtensions(now);
}

void JobHandler::withdraw(Job& job, Instant now) {
  JobId id = job.id;
  orders_.revoke(book_.close(job, now));
  jobs_.withdraw(id);
  commits_.forget(id, now);
}

void JobHandler::checkInvariants() const {
  for (const auto& [id, job] : jobs_.all()) {
    bool endWaits = isOver(job.state) && !job.isAnnounced;
    bool waits = !job.isAccepted || job.pending || endWaits;
    PI_CHECK(!waits || !commits_.isClean());
  }
}

}  // namespace pi::scheduler
