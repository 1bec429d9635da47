// A worker as it describes itself, and as the scheduler's users see it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/model/ids.h"

namespace pi {

// Of each of a profile's texts: 10,000 workers and 1,000 in quarantine still fit a message.
inline constexpr std::size_t kProfileTextBytesMax = 128;

// What a worker says of itself when it joins.
struct WorkerProfile {
  std::string name;
  std::string host;
  std::uint32_t pid = 0;
  std::uint32_t threads = 1;
  std::string kernel;
  std::uint64_t samplesPerSecond = 0;  // All threads together, from the start-up self-test.
  std::string batchJob;                // The batch system's job id; empty outside of one.
  bool operator==(const WorkerProfile&) const = default;
};

// active: connected and making progress.  silent: connected, but late with progress.
// absent: its connection was lost a moment ago.  draining: takes no more leases.
// quarantined: it did what it must not, and is not listened to any more.
enum class WorkerState : std::uint8_t { kActive, kSilent, kAbsent, kDraining, kQuarantined };

std::string_view name(WorkerState state);

struct WorkerInfo {
  WorkerId id{};
  WorkerProfile profile;
  WorkerState state = WorkerState::kActive;
  std::uint64_t samplesContributed = 0;  // Counted, over all jobs.
  std::uint64_t samplesPerSecond = 0;    // Measured lately.
  std::uint64_t leases = 0;              // Held now.
  Duration sinceHeard{};
  std::string reason{};  // Why it is quarantined; empty if it is not.
  bool operator==(const WorkerInfo&) const = default;
};

}  // namespace pi
