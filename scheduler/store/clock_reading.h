// The machine's clocks at one moment, and the time between two moments.
#pragma once

#include <string>

#include "common/base/clock.h"

namespace pi::scheduler {

struct ClockReading {
  WallTime calendar{};   // May be set, also while no scheduler runs.
  Duration sinceBoot{};  // Cannot be set.  It advances while the machine is suspended.
  std::string boot{};    // Names the machine's last start; empty if it is not known.
};

ClockReading readClocks();

// If the machine was not started again in between, a calendar that was set makes no difference.
// Else only the calendar is left, and a time that it cannot mean counts as zero: it was set back,
// or it is as wrong as after a start without a battery.  At most kAgeMax.
Duration timeBetween(const ClockReading& earlier, const ClockReading& later);

}  // namespace pi::scheduler
