// The service's log lines, limited in number because peers cause them.
#pragma once

#include <spdlog/common.h>

#include <string>

#include "common/base/rate_limit.h"
#include "common/model/log_subject.h"
#include "scheduler/core/scheduler.h"
#include "scheduler/service/trouble_log.h"

namespace pi::scheduler {

class ServiceLog {
 public:
  ServiceLog();

  // A line about a worker or a job (limit: kNotesMax).
  void note(const LogSubject& about, const std::string& line);

  // A line about a tally, a ticket or a quarantine (limit: kTallyWarningsPerSecond).
  void noteTally(spdlog::level::level_enum level, const LogSubject& about, const std::string& line);

  // Lines on work that is shared again, if there is news (limit: kTroublePeriod).  To be called
  // after each event.
  void noteTrouble(const Scheduler& core);

 private:
  RateLimit notes_;
  RateLimit tallies_;
  TroubleLog troubles_;
};

}  // namespace pi::scheduler
