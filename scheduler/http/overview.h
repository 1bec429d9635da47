// The scheduler itself as JSON: how it is, and what it uses.
#pragma once

#include <kj/function.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "common/base/clock.h"
#include "common/json/documents.h"
#include "scheduler/http/loop_lag.h"
#include "scheduler/http/start_commands.h"
#include "scheduler/service/scheduler_service.h"

namespace pi::scheduler::http {

class Overview {
 public:
  // Connections and viewers at the doors.
  struct Doors {
    std::uint64_t rpc = 0;
    std::uint64_t http = 0;
    std::uint64_t viewers = 0;
  };
  using AskDoors = kj::Function<Doors()>;

  Overview(SchedulerService& service, const LoopLag& lag) : service_(service), lag_(lag) {}
  void setDoors(AskDoors ask) { askDoors_ = kj::mv(ask); }
  void setCommands(StartCommands commands) { commands_ = std::move(commands); }
  const StartCommands& commands() const { return commands_; }

  // The document of GET /api/v1/cluster.
  Json clusterObject();
  // The same, what the process uses, and the lines to copy, as text.  Rates are those since the
  // last call.
  std::string liveObject(Instant now);

 private:
  // Counts at one time.
  struct Counts {
    Instant at{};
    std::uint64_t leases = 0;
    std::uint64_t tallies = 0;
    std::uint64_t samples = 0;
    std::uint64_t commits = 0;
    Duration committing{};
  };
  Counts countsAt(Instant now) const;

  SchedulerService& service_;
  const LoopLag& lag_;
  AskDoors askDoors_ = [] { return Doors{}; };
  StartCommands commands_ = startCommands({});
  Counts last_{};
  double commitMs_ = 0;  // The mean of the last commits.
};

}  // namespace pi::scheduler::http
