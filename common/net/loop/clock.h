// The only place that reads the clocks; everything else is told the time.
#pragma once

#include "common/base/clock.h"

namespace pi::net {

Instant now();
WallTime wallNow();

}  // namespace pi::net
