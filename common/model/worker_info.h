// A worker as it describes itself, and as users see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/model/ids.h"

namespace pi {

// How a worker describes itself when it joins.
struct WorkerProfile {
  std::string name;
  std::string host;
  std::uint32_t pid = 0;
  std::uint32_t threads = 1;
  std::string kernel;
  std::uint64_t samplesPerSecond = 0;  // Its claim: the sampler `random`, all threads together.
  std::string batchJob;                // The id of its batch job; empty outside a batch system.
  std::string devices{};               // "cpu, NVIDIA H200"
  std::string allocation{};            // The allocation of a scheduler that started it; or empty.
  // Threads on CPUs, which serve leases with a limit of threads.  0 with GPUs alone, and from
  // programs that know no such leases.
  std::uint32_t cpuThreads = 0;
  bool operator==(const WorkerProfile&) const = default;
};

enum class WorkerState : std::uint8_t {
  kActive,       // Connected and making progress.
  kSilent,       // Connected, but its progress is overdue.
  kAbsent,       // Its connection was lost a moment ago; it may reconnect.
  kDraining,     // Takes no new leases.
  kQuarantined,  // Broke a rule; the scheduler accepts nothing from it.
  kLost,         // Its connection was lost, and it did not come back in time.
};

std::string_view name(WorkerState state);

struct WorkerInfo {
  WorkerId id{};
  WorkerProfile profile;
  WorkerState state = WorkerState::kActive;
  std::uint64_t samplesContributed = 0;  // Samples counted, over all jobs.
  // The cost of these, within the scheduler only.  A unit is a sample that is computed by itself; a
  // block that is counted by nets has many more samples than units.
  std::uint64_t costContributed = 0;
  std::uint64_t samplesPerSecond = 0;  // In these units, by its last work, or its claim.
  std::uint64_t leases = 0;            // Leases held now.
  Duration sinceHeard{};               // Since its last message.
  Duration connected{};                // How long it was connected, in all its connections.
  std::optional<Duration> timeLeft{};  // Then it drains by itself; nothing if it knows no end.
  std::string reason{};                // Why it is quarantined; empty if it is not.
  bool operator==(const WorkerInfo&) const = default;
};

}  // namespace pi
