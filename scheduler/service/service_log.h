// The service's log lines, limited in number because peers cause them.
#pragma once

#include <spdlog/common.h>

#include <string>

#include "common/base/rate_limit.h"

namespace pi::scheduler {

class ServiceLog {
 public:
  ServiceLog();

  // A line about a worker or a job (limit: kNotesMax).
  void note(const std::string& line);

  // A line about a tally, a ticket or a quarantine (limit: kTallyWarningsPerSecond).
  void noteTally(spdlog::level::level_enum level, const std::string& line);

 private:
  RateLimit notes_;
  RateLimit tallies_;
};

}  // namespace pi::scheduler
