// The actions that the scheduler's core asks its shell for.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/model/ids.h"
#include "common/model/job.h"
#include "common/model/lease.h"
#include "scheduler/core/changes.h"
#include "scheduler/core/drop_reason.h"
#include "scheduler/core/strikes.h"

namespace pi::scheduler {

// Why a submission or an extension is refused.
enum class RefusalReason : std::uint8_t {
  kRequestIdReused,  // The request id belongs to another job.
  kTooManyJobs,      // The limit of unfinished jobs is reached.
  kNotSaved,         // Nothing can be committed now.
  kUnknownJob,       // The job to extend is not known, or was forgotten.
  kCannotExtend,     // The job to extend is not finished, or is larger.
};

namespace action {

// Answers event::WorkerJoined.  `forget`: leases that it held and no longer owns.
struct Welcome {
  WorkerId worker{};
  std::vector<LeaseId> forget;
};

// Answers event::Exchanged, at once or later; no leases only if the exchange brought tallies.
struct Lend {
  WorkerId worker{};
  std::vector<Lease> leases;
};

// The worker is to give up the lease's samples from `end` on, except those that it has begun.
struct Truncate {
  WorkerId worker{};
  LeaseId lease{};
  std::uint64_t end = 0;
};

// The worker is to finish the work in hand and leave.
struct Drain {
  WorkerId worker{};
};

// The worker has left, or was away for too long: nothing more is known of it.
struct ForgetWorker {
  WorkerId worker{};
};

// The last tallies of a worker that left are committed.
struct ReleaseWorker {
  WorkerId worker{};
};

// The worker's messages are ignored from now on.
struct Quarantine {
  WorkerId worker{};
  QuarantineCause cause{};
  std::string reason;
};

// One of these answers event::JobSubmitted or event::JobExtended, once it is committed.
struct AcceptJob {
  SubmissionId submission{};
  JobId job{};
};
struct AcceptExtension {
  SubmissionId submission{};
  JobId job{};
};
struct RefuseJob {
  SubmissionId submission{};
  RefusalReason reason{};
  std::string sentence;
};

// The job is finished, cancelled or failed, and its end is committed.
struct AnnounceEnd {
  JobInfo job;
};

// Save these changes in one piece; event::Committed answers.  One batch at a time.
struct Commit {
  Changes changes;
};

// A tally was not counted: for the log.
struct DropTally {
  WorkerId worker{};
  LeaseTally tally;
  DropReason reason{};
};

// Compute these samples, which the core does not believe a worker; event::Recomputed answers.
// One at a time, at most Config::recheckSamplesMax samples.
struct Recompute {
  JobId job{};
  Stream stream;
  SampleRange range;
};

// A tally that was next to impossible is right: for the log.
struct ConfirmTally {
  WorkerId worker{};
  LeaseTally tally;
};

}  // namespace action

using Action =
    std::variant<action::Welcome, action::Lend, action::Truncate, action::Drain,
                 action::ForgetWorker, action::ReleaseWorker, action::Quarantine, action::AcceptJob,
                 action::AcceptExtension, action::RefuseJob, action::AnnounceEnd, action::Commit,
                 action::DropTally, action::Recompute, action::ConfirmTally>;
using Actions = std::vector<Action>;

}  // namespace pi::scheduler
