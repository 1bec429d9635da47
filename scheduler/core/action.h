// What the scheduler wants done.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/base/lease.h"

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

// The worker will not be known any more when it comes back.
struct ForgetWorker {
  WorkerId worker{};
};

// Answer event::JobSubmitted.
struct AcceptJob {
  JobId job{};
};
struct RefuseJob {
  std::string sentence;
};

// The job is finished, cancelled or failed.
struct AnnounceEnd {
  JobId job{};
};

// Nothing to do but to note that a tally was not counted.
struct DropTally {
  WorkerId worker{};
  LeaseTally tally;
  std::string_view why;
};

}  // namespace action

using Action = std::variant<action::Welcome, action::Lend, action::Truncate, action::Drain,
                            action::ForgetWorker, action::AcceptJob, action::RefuseJob,
                            action::AnnounceEnd, action::DropTally>;
using Actions = std::vector<Action>;

}  // namespace pi::scheduler
