// The only place that reads the clocks.  The cores get the time as an argument.
#pragma once

#include "common/base/clock.h"

namespace pi::net {

// The steady clock, for durations and deadlines.
Instant now();

// The calendar clock, for dates that people see.
WallTime wallNow();

// The CPU time that this thread has used, for comparing the cost of two kinds of work.
Duration threadCpuTime();

}  // namespace pi::net
