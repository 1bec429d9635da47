// Everything that can happen to the scheduler's core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/job.h"
#include "common/model/lease.h"
#include "common/model/worker_info.h"

namespace pi::scheduler {

namespace event {

// A new worker, or one that comes back, perhaps from an earlier scheduler.  It brings the leases
// that it holds, and the tallies that it does not know to be committed.  If its old connection
// seems alive, the new one replaces it.
struct WorkerJoined {
  WorkerId worker{};
  WorkerProfile profile;
  std::vector<Lease> lent;  // The leases of `held` and `done` as they were lent; tickets prove it.
  std::vector<LeaseRest> held;
  std::vector<LeaseTally> done;
  std::optional<Duration> timeLeft{};  // Then it drains by itself; nothing if it does not know.
};

// Its connection ended, and it had not left.
struct WorkerLost {
  WorkerId worker{};
};

// It drained and leaves; these are its last tallies.
struct WorkerLeft {
  WorkerId worker{};
  std::vector<LeaseTally> done;
};

// It brings tallies and asks for work.
struct Exchanged {
  WorkerId worker{};
  std::vector<LeaseTally> done;
  Duration roundTrip{};  // As the worker measured it: a message there, and the answer back.
};

// Its heartbeat, with the tallies since the last message.
struct Reported {
  WorkerId worker{};
  std::vector<LeaseTally> done;
};

// Its answer to action::Truncate: it keeps the samples before `end`, which is kSamplesEnd if it no
// longer holds the lease.
struct LeaseTruncated {
  WorkerId worker{};
  LeaseId lease{};
  std::uint64_t end = 0;
};

// The answer to action::Recompute.
struct Recomputed {
  JobId job{};
  SampleRange range;
  Hits hits;
};

// A client submits a job.  The same request id, unless it is empty, means the same job.
struct JobSubmitted {
  JobSpec spec;
  std::string requestId{};
  // The shell draws the uid and reads the calendar; both are unused if the request id is known.
  JobUid uid{};
  WallTime now{};
  SubmissionId submission{};  // Comes back with the answer.
};

// A client wants a finished job to have `samples` samples in all.  The same request id means the
// same extension of this job.
struct JobExtended {
  JobId job{};
  std::uint64_t samples = 0;
  std::string requestId{};
  SubmissionId submission{};  // Comes back with the answer.
};

// A client gives a job another place among the unfinished ones.
struct JobReprioritized {
  JobId job{};
  std::int32_t priority = 0;
};

struct JobCancelled {
  JobId job{};
  std::string reason;
};

// All workers are to drain and leave.
struct WorkersDismissed {};

// The changes of action::Commit are saved.
struct Committed {};

// They are not saved yet.  The store retries by itself, and reports Committed once it succeeds.
struct CommitFailed {
  std::string sentence;
};

// A peer wants everything committed now.
struct CommitWanted {};

// The time that Scheduler::wakeAt() asked for has come.
struct Tick {};

}  // namespace event

using Event = std::variant<event::WorkerJoined, event::WorkerLost, event::WorkerLeft,
                           event::Exchanged, event::Reported, event::LeaseTruncated,
                           event::Recomputed, event::JobSubmitted, event::JobExtended,
                           event::JobReprioritized, event::JobCancelled, event::WorkersDismissed,
                           event::Committed, event::CommitFailed, event::CommitWanted, event::Tick>;

}  // namespace pi::scheduler
