// What can happen to the scheduler.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/model/ids.h"
#include "common/model/job.h"
#include "common/model/lease.h"
#include "common/model/worker_info.h"

namespace pi::scheduler {

namespace event {

// A worker that is new, or one that comes back, perhaps from a scheduler before this one, with what
// it still holds and what it does not know to be committed.  Coming back while its old connection
// seems alive replaces that connection.
struct WorkerJoined {
  WorkerId worker{};
  WorkerProfile profile;
  std::vector<Lease> lent;  // As they were lent to it; tickets prove it.
  std::vector<LeaseRest> held;
  std::vector<LeaseTally> done;
};

// Its connection is gone without a word.
struct WorkerLost {
  WorkerId worker{};
};

// It drained: these are its last tallies.
struct WorkerLeft {
  WorkerId worker{};
  std::vector<LeaseTally> done;
};

// It brings tallies and wants work.
struct Exchanged {
  WorkerId worker{};
  std::vector<LeaseTally> done;
};

// It is alive, and this is what it has finished since.
struct Reported {
  WorkerId worker{};
  std::vector<LeaseTally> done;
};

// Its answer to action::Truncate: it keeps the samples before `end`; kSamplesEnd if it no longer
// holds the lease.
struct LeaseTruncated {
  WorkerId worker{};
  LeaseId lease{};
  std::uint64_t end = 0;
};

// The same request id, unless it is empty, means the same job.
struct JobSubmitted {
  JobSpec spec;
  std::string requestId{};
  JobUid uid{};               // Drawn by the shell; unused if the request id is known.
  SubmissionId submission{};  // Comes back with the answer.
};

struct JobCancelled {
  JobId job{};
  std::string reason;
};

// All workers are to drain and leave.
struct WorkersDismissed {};

// The changes of action::Commit are safe.
struct Committed {};

// They are not yet: the store tries again by itself, and says Committed once it succeeds.
struct CommitFailed {
  std::string sentence;
};

// What is not committed is to be so at once.
struct CommitWanted {};

struct Tick {};

}  // namespace event

using Event = std::variant<event::WorkerJoined, event::WorkerLost, event::WorkerLeft,
                           event::Exchanged, event::Reported, event::LeaseTruncated,
                           event::JobSubmitted, event::JobCancelled, event::WorkersDismissed,
                           event::Committed, event::CommitFailed, event::CommitWanted, event::Tick>;

}  // namespace pi::scheduler
