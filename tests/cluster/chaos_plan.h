// The faults of a chaos run, and when they happen.  The same seed gives the same plan.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pi::cluster {

using Milliseconds = std::chrono::milliseconds;

enum class Fault : std::uint8_t {
  kKillScheduler,     // SIGKILL, and a restart after `length`.
  kEndScheduler,      // SIGTERM, and a restart after `length`.
  kSuspendScheduler,  // SIGSTOP, for `length`.
  kKillWorker,        // SIGKILL.
  kSuspendWorker,     // SIGSTOP, for `length`.
  kDrainWorker,       // One of the signals that ask for a drain; `choice` selects it.
  kAddWorker,
};
inline constexpr std::size_t kFaults = 7;

std::string_view nameOf(Fault fault);

struct PlannedFault {
  double at = 0;  // It happens when this share of the job is counted.
  Fault fault{};
  Milliseconds length{};
  std::uint32_t choice = 0;  // Selects the worker and the signal.
};

// The faults of a job of about this duration, in order: ten kills of the scheduler a minute, at
// least
// 20.  The last fault comes well before the job's end.  Faults happen by progress, not by time, so
// that a job which is faster than expected does not end before its last fault.
std::vector<PlannedFault> drawPlan(std::uint64_t seed, Milliseconds duration);

}  // namespace pi::cluster
