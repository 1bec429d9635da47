// Calendar times as text.
#pragma once

#include <string>

#include "common/base/clock.h"

namespace pi {

// As RFC 3339 writes it, in UTC with milliseconds: "2026-11-26T20:41:03.250Z".
std::string calendarText(WallTime time);

}  // namespace pi
