// The instructions that a worker's core gives to its shell.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/lease.h"

namespace pi::worker {

namespace action {

// Connect to the scheduler.
struct Connect {};

// Close the connection: the scheduler does not answer.
struct Disconnect {};

// Introduce this worker, with the leases it holds and the tallies that may not be committed yet.
struct Join {
  std::vector<Lease> lent;  // As they were lent: one for each lease in `held` and in `done`.
  std::vector<LeaseRest> held;
  std::vector<LeaseTally> done;
  std::optional<Duration> timeLeft{};  // How long it still computes; nothing if it knows no end.
};

// Report tallies and ask for leases.
struct Exchange {
  std::vector<LeaseTally> done;
  Duration roundTrip{};  // As it was measured on this connection.
};

// Report tallies; without any, this is a heartbeat.
struct Report {
  std::vector<LeaseTally> done;
};

// Report the last tallies and say goodbye.
struct Leave {
  std::vector<LeaseTally> done;
};

// Add this lease to the end of the threads' queue.
struct Compute {
  Lease lease;
};

// Send event::RunningLow when the threads have fewer than this many samples left to begin.
struct SetLowWater {
  std::uint64_t samples = 0;
};

// End the span in progress at the samples that are begun, so that it can be reported soon.
struct CutSpan {};

// Stop computing this lease and discard its hits: the scheduler does not want them.
struct DropLease {
  LeaseId lease{};
};

// Finish the grains in progress and begin no others; event::ComputingStopped answers.
struct StopComputing {};

enum class ExitReason { kDrained, kNoScheduler, kRefused, kNoDevice };

// End the process.  It is the last action.
struct Exit {
  ExitReason reason{};
};

}  // namespace action

using Action =
    std::variant<action::Connect, action::Disconnect, action::Join, action::Exchange,
                 action::Report, action::Leave, action::Compute, action::SetLowWater,
                 action::CutSpan, action::DropLease, action::StopComputing, action::Exit>;
using Actions = std::vector<Action>;

}  // namespace pi::worker
