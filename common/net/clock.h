// The only place that reads the monotonic clock; everything else is told the time.
#pragma once

#include "common/base/clock.h"

namespace pi::net {

Instant now();

}  // namespace pi::net
