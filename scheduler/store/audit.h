// Proves from the store's rows that each sample of a job is counted once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/model/job_audit.h"
#include "scheduler/store/sqlite.h"

namespace pi::scheduler {

// The audit of one job that is over.  It reads the rows by SQL of its own and adds up by arithmetic
// of its own, so that a bug in the scheduler or in Database is not repeated here.  It trusts no
// row: whatever is wrong becomes one of the audit's faults, also a row that cannot be read.
class Audit {
 public:
  // The connection must outlive it.
  Audit(sqlite::Connection& connection, JobId job);

  // Reads up to kAuditSliceRows rows, which takes a few milliseconds on a local disk.  Returns true
  // when the audit is complete.  Between two calls the store may be written.
  bool step();

  // Once step() has returned true.
  JobAudit take() { return std::move(audit_); }

 private:
  enum class Part { kJob, kFragments, kContributors, kEnd };

  void readJob();
  void readFragments();
  void addFragment(SampleRange range, WorkerId worker, const std::string& hits);
  void readContributors();
  void compareSums();
  void finish();
  void fault(const std::string& what);
  std::uint64_t checksumOfJob();

  sqlite::Connection& connection_;
  Part part_ = Part::kJob;
  JobAudit audit_;
  std::uint64_t checksumAtFirst_ = 0;
  std::uint64_t end_ = 0;  // Where the last fragment ended.
  std::optional<std::uint64_t> lastBegin_;
  std::optional<WorkerId> lastWorker_;
  std::map<WorkerId, AuditedWorker> workers_;
};

}  // namespace pi::scheduler
