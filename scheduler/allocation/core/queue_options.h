// A queue: where allocations are asked for, and how many.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace pi::allocation {

// Time of nodes, summed over all of them: nanoseconds would overflow on a large cluster.
using NodeTime = std::chrono::milliseconds;

// One --elastic of the command line.  Each allocation of it is one worker on one node.
struct QueueOptions {
  std::string system{};                  // The batch system: "slurm" or "local".
  std::vector<std::string> arguments{};  // For the batch system's command, as they are.
  std::size_t workersMin{};              // Kept also without work.
  std::size_t workersMax{};              // Alive and pending allocations; at least 1.
  Duration workerTimeLimit = std::chrono::hours(1);
  Duration workerIdleTimeout = std::chrono::minutes(5);
  std::size_t backlog = 2;                     // Pending allocations at a time; at least 1.
  Duration minWork = std::chrono::minutes(5);  // The work that another worker must find.
  std::optional<NodeTime> nodeTimeMax{};       // --max-node-hours.
  bool operator==(const QueueOptions&) const = default;
};

// "slurm: --partition=a --account=x": names the queue for people, and in the store.  Two queues of
// a scheduler have two names.
std::string nameOf(const QueueOptions& queue);

}  // namespace pi::allocation
