// What can happen to a worker.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/lease.h"

namespace pi::worker {

namespace event {

// Somebody takes the call of action::Connect, and is asked to let a worker in.
struct Reached {};

// The scheduler there does: action::Connect succeeded.
struct Connected {};

// It failed, or the connection was lost.  `random` is in [0, 2^64): it spreads the next attempts of
// many workers.
struct Disconnected {
  std::uint64_t random = 0;
};

// The scheduler answered action::Join.
struct Joined {
  Duration heartbeat{};  // How often it wants to hear from a worker that computes.
  Duration prefetch{};   // How much work in hand is little.
  std::vector<LeaseId> forget{};
  std::uint64_t committed = 0;  // Up to which of the worker's tallies, here and below.
  // It does not know who this is: what is held and what is done is another state directory's.
  bool isStranger = false;
};
struct JoinRefused {};

// The scheduler answered action::Exchange.
struct LeasesLent {
  std::vector<Lease> leases;
  std::uint64_t committed = 0;
};

// The scheduler answered action::Report.
struct ReportReceived {
  std::uint64_t committed = 0;
};

// The scheduler answered action::Leave: everything is committed.
struct LeaveReceived {};

// The threads finished a run of a lease's samples; runs of one lease may come out of order.
struct SpanComputed {
  LeaseTally tally;
};

// Little is left that no thread has begun.
struct RunningLow {};

// The threads were told, for the scheduler, to leave a lease's samples from `end` on alone.
struct LeaseTruncated {
  LeaseId lease{};
  std::uint64_t end = 0;
};

// The threads have finished what was in hand after action::StopComputing; for one that hangs this
// never comes.
struct ComputingStopped {};

struct DrainAsked {};
struct Tick {};

}  // namespace event

using Event =
    std::variant<event::Reached, event::Connected, event::Disconnected, event::Joined,
                 event::JoinRefused, event::LeasesLent, event::ReportReceived, event::LeaveReceived,
                 event::SpanComputed, event::RunningLow, event::LeaseTruncated,
                 event::ComputingStopped, event::DrainAsked, event::Tick>;

}  // namespace pi::worker
