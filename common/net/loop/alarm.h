// Calls a function once, at a point in time.
#pragma once

#include <kj/function.h>

#include <memory>
#include <optional>

#include "common/base/clock.h"
#include "common/net/loop/kj_loop.h"

namespace pi::net {

class Alarm {
 public:
  // `onRing` runs inside the loop.  It may set this alarm again.  It must not wait for a promise or
  // destroy this alarm.
  Alarm(KjLoop& loop, kj::Function<void()> onRing);
  KJ_DISALLOW_COPY(Alarm);
  ~Alarm();

  // Rings once at `at` or soon after.  This replaces the time before; null switches the alarm off.
  void set(std::optional<Instant> at);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace pi::net
