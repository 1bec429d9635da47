// What the scheduler wants done.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/model/ids.h"
#include "common/model/job.h"
#include "common/model/lease.h"
#include "scheduler/core/changes.h"

namespace pi::scheduler {

namespace action {

// Answers event::WorkerJoined: of the leases it held, these are no longer its own.
struct Welcome {
  WorkerId worker{};
  std::vector<LeaseId> forget;
};

// Answers event::Exchanged, at once or later; no leases only if the exchange brought tallies.
struct Lend {
  WorkerId worker{};
  std::vector<Lease> leases;
};

// The worker is to give up the lease's samples from `end` on, as far as it has not begun them.
struct Truncate {
  WorkerId worker{};
  LeaseId lease{};
  std::uint64_t end = 0;
};

// The worker is to finish what is in hand and leave.
struct Drain {
  WorkerId worker{};
};

// The worker's place is free: it is gone for too long, or has left.
struct ForgetWorker {
  WorkerId worker{};
};

// What the worker said when it left is committed.
struct ReleaseWorker {
  WorkerId worker{};
};

// The worker is not to be listened to any more.
struct Quarantine {
  WorkerId worker{};
  std::string reason;
};

// Answer event::JobSubmitted, once the job is committed.
struct AcceptJob {
  SubmissionId submission{};
  JobId job{};
};
struct RefuseJob {
  SubmissionId submission{};
  std::string sentence;
};

// The job is finished, cancelled or failed, and that is committed.
struct AnnounceEnd {
  JobInfo job;
};

// Save these, in one piece; event::Committed answers.  One at a time.
struct Commit {
  Changes changes;
};

// Nothing to do but to note that a tally was not counted.
struct DropTally {
  WorkerId worker{};
  LeaseTally tally;
  std::string_view why;
};

}  // namespace action

using Action =
    std::variant<action::Welcome, action::Lend, action::Truncate, action::Drain,
                 action::ForgetWorker, action::ReleaseWorker, action::Quarantine, action::AcceptJob,
                 action::RefuseJob, action::AnnounceEnd, action::Commit, action::DropTally>;
using Actions = std::vector<Action>;

}  // namespace pi::scheduler
