// Everything that can happen to a worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/lease.h"
#include "common/model/worker_policy.h"

namespace pi::worker {

namespace event {

// A peer accepted the connection of action::Connect; it was asked to let this worker in.
struct Reached {};

// The peer is a scheduler, and it let this worker in: action::Connect succeeded.
struct Connected {};

// action::Connect failed, or the connection was lost.
struct Disconnected {
  // Uniform in [0, 2^64).  It spreads the next attempts of many workers over time.
  std::uint64_t random = 0;
  // The scheduler is there and has no place for this worker now: the next attempt is later.
  bool isRefusal = false;
};

// The scheduler answered action::Join.
struct Joined {
  WorkerPolicy policy{};
  std::vector<LeaseId> forget{};  // Leases that this worker no longer holds.
  std::uint64_t committed = 0;    // The tallies up to this number are on the scheduler's disk.
  bool isStranger = false;        // It has another state directory: our leases mean nothing to it.
};

// The scheduler does not accept this worker.
struct JoinRefused {};

// The scheduler answered action::Exchange.
struct LeasesLent {
  std::vector<Lease> leases;
  std::uint64_t committed = 0;
  std::optional<WorkerPolicy> policy{};  // Here and below: nothing if it did not say it again.
};

// The scheduler answered action::Report.
struct ReportReceived {
  std::uint64_t committed = 0;
  std::optional<WorkerPolicy> policy{};
};

// The scheduler answered action::Leave: everything is committed.
struct LeaveReceived {};

// The threads finished a span of a lease.  The spans of a lease may finish in any order.
struct SpanComputed {
  LeaseTally tally;
};

// The threads have less work left to begin than action::SetLowWater said.
struct RunningLow {};

// The scheduler asked for the end of a lease; the threads leave out its samples from `end` on.
struct LeaseTruncated {
  LeaseId lease{};
  std::uint64_t end = 0;
};

// The threads obeyed action::StopComputing.  It never comes if one of them hangs.
struct ComputingStopped {};

// A device failed; the other units compute what it had begun.
struct DeviceLost {
  std::size_t threadsLeft = 0;  // That compute.
  std::string reason;           // A sentence.
};

// The user, the batch system or the scheduler asked the worker to drain.
struct DrainAsked {};

// The time of Worker::wakeAt() has come.
struct Tick {};

}  // namespace event

using Event =
    std::variant<event::Reached, event::Connected, event::Disconnected, event::Joined,
                 event::JoinRefused, event::LeasesLent, event::ReportReceived, event::LeaveReceived,
                 event::SpanComputed, event::RunningLow, event::LeaseTruncated,
                 event::ComputingStopped, event::DeviceLost, event::DrainAsked, event::Tick>;

}  // namespace pi::worker
