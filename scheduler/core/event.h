// What can happen to the scheduler.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/base/job.h"
#include "common/base/lease.h"
#include "common/base/worker_info.h"

namespace pi::scheduler {

namespace event {

// A worker that is new, or one that comes back with what it still holds and has not had receipts
// for.  Coming back while its old connection seems alive replaces that connection.
struct WorkerJoined {
  WorkerId worker{};
  WorkerProfile profile;
  std::vector<Lease> held;
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

struct JobSubmitted {
  JobSpec spec;
};

struct JobCancelled {
  JobId job{};
  std::string reason;
};

// All workers are to drain and leave.
struct WorkersDismissed {};

struct Tick {};

}  // namespace event

using Event =
    std::variant<event::WorkerJoined, event::WorkerLost, event::WorkerLeft, event::Exchanged,
                 event::Reported, event::LeaseTruncated, event::JobSubmitted, event::JobCancelled,
                 event::WorkersDismissed, event::Tick>;

}  // namespace pi::scheduler
