// How much work there is for workers, and how many of them are worth it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace pi::allocation {

// The work of a job whose user limits its threads: only so many workers can share it.
struct LimitedWork {
  Duration work{};
  std::size_t workersMax{};  // At least 1.
};

// Work that is not counted yet, in time of one usual worker.
struct Demand {
  Duration work{};                     // That any number of workers can share.
  std::vector<LimitedWork> limited{};  // The rest.
  // When the connected workers will have done all of it; null if none of them computes.
  std::optional<Duration> timeLeft{};
  std::size_t otherWorkers = 0;  // Useful and connected ones that no allocation started.
  // Clients wait for so many workers, whatever the work is.
  std::size_t workersAwaited = 0;
};

// A worker that says which allocation started it.
struct SeenWorker {
  std::string allocation{};
  std::optional<Instant> idleSince{};  // Null while it holds work.
  bool isQuarantined = false;          // Then it may be connected or not.
};

// No sum of work is longer: two of them can be added.
inline constexpr Duration kLongestWork = std::chrono::hours(100 * 365 * 24);

// All work together.
Duration allWork(const Demand& demand);

// How many workers the work is worth: as many as find `minWork` each, and one for any work.
std::size_t wantedWorkers(const Demand& demand, Duration minWork);

}  // namespace pi::allocation
