// Queues and their allocations, as people see them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/allocation.h"

namespace pi::allocation {

struct AllocationView {
  std::string name{};
  std::string id{};
  Stage stage{};
  Wish wish{};
  bool isAwaited = false;    // Its worker could not come yet.
  bool isConnected = false;  // Its worker.
  std::string reason{};      // Why it waits, in the batch system's words.
  std::optional<Duration> startsIn{};
  NodeTime used{};
};

struct QueueView {
  std::string name{};
  QueueOptions options{};
  std::optional<std::string> pausedBecause{};
  // Why no further worker is asked for now, or why that may fail; empty if neither is known.
  std::string whyNotMore{};
  NodeTime used{};
  std::vector<AllocationView> allocations{};
};

}  // namespace pi::allocation
