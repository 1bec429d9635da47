// A queue from which a scheduler asks for workers, as users see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace pi {

// An allocation of a batch system: one worker on one node.
struct AllocationInfo {
  std::string name{};
  std::string id{};                    // The batch system's; empty if it is not known.
  std::string stage{};                 // "pending", "running", ...
  std::string reason{};                // Why it is pending, in the batch system's words.
  bool isConnected = false;            // Its worker.
  bool isLeaving = false;              // It is to be cancelled, or its worker is told to leave.
  std::optional<Duration> startsIn{};  // As the batch system estimates.
  std::uint64_t nodeSeconds = 0;       // That it has taken.
  bool operator==(const AllocationInfo&) const = default;
};

struct QueueInfo {
  std::string name{};           // "slurm: --partition=a"
  std::string pausedBecause{};  // Empty if it is not paused.
  std::string whyNotMore{};     // Why no further worker is asked for now; empty if one would be.
  std::uint64_t workersMin{};
  std::uint64_t workersMax{};
  std::uint64_t pending = 0;  // Allocations that do not run yet.
  std::uint64_t running = 0;
  std::string pendingReason{};  // That of the first one that has one.
  std::uint64_t nodeSeconds = 0;
  std::uint64_t nodeSecondsMax = 0;           // 0: no limit.
  std::vector<AllocationInfo> allocations{};  // Only for the owner; at most kAllocationsShownMax.
  bool operator==(const QueueInfo&) const = default;
};

// How it stands with the workers that are asked for while none is connected, as a clause: "2
// allocations are pending (Priority)"; empty if there are no queues.
std::string awaitedText(const std::vector<QueueInfo>& queues);

}  // namespace pi
