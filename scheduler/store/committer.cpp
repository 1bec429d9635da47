#include "scheduler/store/committer.h"

#include <cstdint>
#include <exception>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {

Committer::Committer(Database& database, Report report)
    : Committer(database, std::move(report), Pacing{}) {}

Committer::Committer(Database& database, Report report, Pacing pacing)
    : database_(database),
      report_(std::move(report)),
      pacing_(pacing),
      thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    std::lock_guard lock(mutex_);
    isStopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Committer::commit(Changes changes, const ClockReading& now) {
  {
    std::lock_guard lock(mutex_);
    PI_CHECK(!batch_);
    batch_ = Batch{.changes = std::move(changes), .at = now};
  }
  changed_.notify_one();
}

void Committer::run() {
  PI_CHECK(pacing_.retryPause > Duration{});
  const std::int64_t attemptsPerReport = pacing_.reportPeriod / pacing_.retryPause + 1;
  std::int64_t failures = 0;  // In a row.
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return batch_ || isStopping_ || !audits_.empty(); });
    if (!batch_ && isStopping_) return;
    if (!batch_) {
      auditSlice(lock);
      continue;
    }
    bool isLastAttempt = isStopping_;
    lock.unlock();
    CommitOutcome outcome = tryCommit();  // The owner does not touch the batch while there is one.
    bool isReportDue = outcome.isCommitted() || failures % attemptsPerReport == 0;
    failures = outcome.isCommitted() ? 0 : failures + 1;
    lock.lock();
    // Clear the batch before the report: the owner may answer it with the next batch.
    if (outcome.isCommitted()) batch_.reset();
    lock.unlock();
    if (isReportDue) report_(outcome);
    lock.lock();
    if (outcome.isCommitted()) continue;
    if (isLastAttempt) return;
    changed_.wait_for(lock, pacing_.retryPause, [this] { return isStopping_; });
  }
}

void Committer::audit(JobId job, ReportAudit report) {
  {
    std::lock_guard lock(mutex_);
    audits_.push_back({.audit = database_.audit(job), .report = std::move(report)});
  }
  changed_.notify_one();
}

void Committer::auditSlice(std::unique_lock<std::mutex>& lock) {
  PendingAudit& first = audits_.front();  // Others may be added behind it meanwhile.
  lock.unlock();
  bool isComplete = first.audit->step();
  if (isComplete) first.report(first.audit->take());
  lock.lock();
  if (isComplete) audits_.pop_front();
}

CommitOutcome Committer::tryCommit() {
  try {
    database_.commit(batch_->changes, batch_->at);
    return {.failure = std::nullopt};
  } catch (const std::exception& error) {
    return {.failure = error.what()};
  }
}

}  // namespace pi::scheduler
