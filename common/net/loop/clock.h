// The only place that reads the clocks.  The cores get the time as an argument.
#pragma once

#include "common/base/clock.h"

namespace pi::net {

// The steady clock, for durations and deadlines.
Instant now();

// The calendar clock, for dates that people see.
WallTime wallNow();

}  // namespace pi::net
