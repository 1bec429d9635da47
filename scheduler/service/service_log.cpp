#include "scheduler/service/service_log.h"

#include <spdlog/spdlog.h>

#include "common/net/loop/clock.h"
#include "scheduler/limits.h"

namespace pi::scheduler {

ServiceLog::ServiceLog() : notes_(kNotesMax, kNotesPeriod), tallies_(kTallyWarningsPerSecond) {}

void ServiceLog::note(const LogSubject& about, const std::string& line) {
  if (!notes_.allows(net::now())) return;
  LogAbout subject(about);
  spdlog::info("{}{}", line, notes_.takeNote());
}

void ServiceLog::noteTally(spdlog::level::level_enum level, const LogSubject& about,
                           const std::string& line) {
  if (!tallies_.allows(net::now())) return;
  LogAbout subject(about);
  spdlog::log(level, "{}{}", line, tallies_.takeNote());
}

void ServiceLog::noteTrouble(const Scheduler& core) {
  if (!spdlog::should_log(spdlog::level::info)) return;
  Instant now = net::now();
  if (!troubles_.isDue(core.metrics(), now)) return;
  for (const TroubleLine& line : troubles_.linesFor(core.metrics(), core.workers(now), now)) {
    LogAbout subject(line.about);
    spdlog::info("{}", line.text);
  }
}

}  // namespace pi::scheduler
