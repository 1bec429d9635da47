#include "scheduler/store/committer.h"

#include <algorithm>
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
  add({.kind = Kind::kJobs,
       .write = [changes = std::move(changes),
                 now](Database& database) { database.commit(changes, now); },
       .report = report_});
}

void Committer::commitAllocations(allocation::Changes changes, const ClockReading& now,
                                  Report report) {
  add({.kind = Kind::kAllocations,
       .write = [changes = std::move(changes),
                 now](Database& database) { database.commitAllocations(changes, now); },
       .report = std::move(report)});
}

void Committer::add(Batch batch) {
  {
    std::lock_guard lock(mutex_);
    PI_CHECK((std::ranges::find(batches_, batch.kind, &Batch::kind) == batches_.end()));
    batches_.push_back(std::move(batch));
  }
  changed_.notify_one();
}

void Committer::run() {
  PI_CHECK(pacing_.retryPause > Duration{});
  const std::int64_t attemptsPerReport = pacing_.reportPeriod / pacing_.retryPause + 1;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !batches_.empty() || isStopping_ || !audits_.empty(); });
    if (batches_.empty() && isStopping_) return;
    if (batches_.empty()) {
      auditSlice(lock);
      continue;
    }
    bool isLastAttempt = isStopping_;
    Batch& batch = batches_.front();  // The owner only adds others behind it.
    lock.unlock();
    CommitOutcome outcome = tryCommit(batch);
    bool isReportDue = outcome.isCommitted() || batch.failures % attemptsPerReport == 0;
    if (!outcome.isCommitted()) ++batch.failures;
    Report report = batch.report;
    lock.lock();
    // Remove the batch before the report: the owner may answer it with the next batch.
    if (outcome.isCommitted()) batches_.pop_front();
    lock.unlock();
    if (isReportDue) report(outcome);
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

CommitOutcome Committer::tryCommit(const Batch& batch) {
  try {
    batch.write(database_);
    return {.failure = std::nullopt};
  } catch (const std::exception& error) {
    return {.failure = error.what()};
  }
}

}  // namespace pi::scheduler
