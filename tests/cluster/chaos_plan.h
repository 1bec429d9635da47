// What a chaos run does to a cluster, and when: the same seed draws the same plan.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pi::cluster {

using Milliseconds = std::chrono::milliseconds;

enum class Deed : std::uint8_t {
  kKillScheduler,  // kill -9, and a new one after `length`.
  kEndScheduler,   // SIGTERM, and a new one after `length`.
  kStopScheduler,  // SIGSTOP, for `length`.
  kKillWorker,     // kill -9.
  kStopWorker,     // SIGSTOP, for `length`.
  kDrainWorker,    // By one of the signals that mean it, by `choice`.
  kAddWorker,
};
inline constexpr std::size_t kDeeds = 7;

std::string_view nameOf(Deed deed);

struct Planned {
  double at = 0;  // The share of the job that is counted by then.
  Deed deed{};
  Milliseconds length{};
  std::uint32_t choice = 0;  // Of the worker, and of the signal.
};

// For a job of about that duration: at least 20 kills of the scheduler, and ten a minute; in the
// order of their times, the last of them well before the job's end.  They go by its progress
// instead of a clock, so that a job which is faster than expected is not over before they are done.
std::vector<Planned> drawPlan(std::uint64_t seed, Milliseconds duration);

}  // namespace pi::cluster
