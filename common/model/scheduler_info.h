// A scheduler as its users see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/queue_info.h"

namespace pi {

struct SchedulerInfo {
  std::string programVersion;
  std::string gitCommit;
  std::uint32_t protocolVersion = 0;
  std::uint32_t streamVersion = 0;
  std::string host{};
  std::uint32_t pid = 0;
  std::vector<std::string> addresses{};    // "tcp://IP:PORT", as in the connection file.
  std::optional<std::string> dashboard{};  // Its URL; nullopt if there is none.
  Duration uptime{};
  std::uint64_t unfinishedJobs = 0;
  // Connected workers that are not quarantined.
  std::uint64_t workers = 0;
  std::uint64_t threads = 0;
  std::uint64_t samplesPerSecond = 0;        // Their speed together, as far as it is known.
  std::optional<std::string> diskFailure{};  // Why jobs cannot be saved now; nullopt if they can.
  std::vector<QueueInfo> queues{};           // From which it asks for workers; without details.
  // The same moment by the clock of its histories and by its calendar.
  Instant now{};
  WallTime wallNow{};
  bool operator==(const SchedulerInfo&) const = default;
};

}  // namespace pi
