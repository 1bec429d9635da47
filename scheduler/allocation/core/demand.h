// How much work there is for workers, and how many of them are worth it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/base/clock.h"

namespace pi::allocation {

struct Demand {
  Duration work{};  // All work that is not counted yet, in time of one usual worker.
  // When the connected workers will have done it; null if none of them computes.
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

// How many workers the work is worth: as many as find `minWork` each, and one for any work.
std::size_t wantedWorkers(const Demand& demand, Duration minWork);

}  // namespace pi::allocation
