#include "scheduler/allocation/core/lister.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::allocation {

Lister::Clock& Lister::clockOf(const std::string& system) {
  return clocks_.try_emplace(system, Clock{.period = settings_.listPeriod}).first->second;
}

void Lister::hurry(const std::string& system) {
  Clock& clock = clockOf(system);
  // One that fails is not to be asked more often because of that.
  if (clock.failures == 0) clock.period = settings_.listPeriod;
}

std::vector<std::string> Lister::begin(const std::set<std::string>& systems,
                                       const std::set<std::string>& occupied, Instant now) {
  std::vector<std::string> due;
  for (const std::string& system : systems) {
    Clock& clock = clockOf(system);
    Duration period = occupied.contains(system) ? clock.period : settings_.listPeriodEmpty;
    if (clock.isUnderway || (clock.begunAt && now - *clock.begunAt < period)) continue;
    clock.begunAt = now;
    clock.isUnderway = true;
    due.push_back(system);
  }
  return due;
}

void Lister::noteListed(const std::string& system, bool hasNews) {
  Clock& clock = clockOf(system);
  PI_CHECK(clock.isUnderway);
  clock.isUnderway = false;
  clock.failures = 0;
  clock.lastFailure.clear();
  clock.period =
      hasNews ? settings_.listPeriod : std::min(2 * clock.period, settings_.listPeriodCalm);
}

void Lister::noteFailed(const std::string& system, const std::string& sentence) {
  Clock& clock = clockOf(system);
  PI_CHECK(clock.isUnderway);
  clock.isUnderway = false;
  ++clock.failures;
  clock.lastFailure = sentence;
  clock.period = std::min(2 * clock.period, settings_.listPeriodFailing);
}

std::uint32_t Lister::failures(const std::string& system) const {
  auto clock = clocks_.find(system);
  return clock == clocks_.end() ? 0 : clock->second.failures;
}

std::string Lister::lastFailure(const std::string& system) const {
  auto clock = clocks_.find(system);
  return clock == clocks_.end() ? "" : clock->second.lastFailure;
}

}  // namespace pi::allocation
