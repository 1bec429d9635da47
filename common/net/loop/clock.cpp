#include "common/net/loop/clock.h"

namespace pi::net {

Instant now() { return std::chrono::steady_clock::now(); }

WallTime wallNow() { return std::chrono::system_clock::now(); }

}  // namespace pi::net
