// The life of a job: submitted, cancelled, ended, saved.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "scheduler/core/changes.h"
#include "scheduler/core/commit_queue.h"
#include "scheduler/core/config.h"
#include "scheduler/core/event.h"
#include "scheduler/core/job_table.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/lender.h"
#include "scheduler/core/metrics.h"
#include "scheduler/core/orders.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// The law: a job is accepted, an extension carried out, and an end announced, only after a commit
// that includes it; while one of them waits, there is something to commit.
class JobHandler {
 public:
  JobHandler(const Config& config, JobTable& jobs, WorkerTable& workers, LeaseBook& book,
             CommitQueue& commits, Lender& lender, Orders& orders, Metrics& metrics);

  // Continues the jobs of an earlier scheduler.
  void restore(const Saved& saved, Instant now);

  void submit(const event::JobSubmitted& submitted, Instant now);
  void extend(const event::JobExtended& asked, Instant now);
  // Ignored for a job that is over.  Saved with the next batch: no one waits for it.
  void reprioritize(const event::JobReprioritized& wanted, Instant now);
  void cancel(const event::JobCancelled& cancelled, Instant now);
  void end(Job& job, JobState state, std::string reason, Instant now);
  // The job needs more samples than before, and gets workers for them like a new job.
  void raise(Job& job, std::uint64_t samples, Instant now);

  // Orders action::Commit if a batch is due.
  void commit(Instant now);
  // The batch is committed: keeps the promises that depend on it.
  void noteCommitted(Instant now);
  // The batch cannot be committed yet: refuses the submissions and extensions that wait for it.
  void noteCommitFailed(const event::CommitFailed& failed, Instant now);

  // Takes time in proportion to the jobs.
  void checkInvariants() const;

 private:
  void refuse(SubmissionId submission, RefusalReason reason, std::string sentence);
  void accept(CommitQueue::Accepted accepted);
  // Whether there is room for one more unfinished job that can be saved; refuses if not.
  bool admit(SubmissionId submission);
  // The extension is committed.
  void noteExtended(CommitQueue::Accepted extended, Instant now);
  void reopen(Job& job, Instant now);
  void refuseExtensions(Instant now);
  void withdraw(Job& job, Instant now);

  const Config& config_;
  JobTable& jobs_;
  WorkerTable& workers_;
  LeaseBook& book_;
  CommitQueue& commits_;
  Lender& lender_;
  Orders& orders_;
  Metrics& metrics_;
};

}  // namespace pi::scheduler
