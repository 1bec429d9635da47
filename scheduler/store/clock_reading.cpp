#include "scheduler/store/clock_reading.h"

#include <algorithm>
#include <ctime>
#include <fstream>

#include "common/base/check.h"
#include "scheduler/store/settings.h"

namespace pi::scheduler {
namespace {

// An earlier calendar was never set.
constexpr WallTime kCalendarMin = std::chrono::sys_days(std::chrono::year(2020) / 1 / 1);

std::string readBoot() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  return boot;
}

}  // namespace

ClockReading readClocks() {
  static const std::string boot = readBoot();
  timespec time{};
  PI_CHECK(::clock_gettime(CLOCK_BOOTTIME, &time) == 0);
  return {.calendar = std::chrono::system_clock::now(),
          .sinceBoot = std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec),
          .boot = boot};
}

Duration timeBetween(const ClockReading& earlier, const ClockReading& later) {
  bool isSameBoot = !later.boot.empty() && later.boot == earlier.boot;
  if (isSameBoot && later.sinceBoot >= earlier.sinceBoot) {
    return std::min(later.sinceBoot - earlier.sinceBoot, kAgeMax);
  }
  if (earlier.calendar < kCalendarMin || later.calendar < earlier.calendar) return {};
  return std::min<Duration>(later.calendar - earlier.calendar, kAgeMax);
}

}  // namespace pi::scheduler
