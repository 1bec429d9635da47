// Calls once when a point in time has come.
#pragma once

#include <kj/function.h>

#include <memory>
#include <optional>

#include "common/base/clock.h"
#include "common/net/loop/kj_loop.h"

namespace pi::net {

class Alarm {
 public:
  // `onRing` runs inside the loop: it may set this alarm again, and must neither wait for a promise
  // nor destroy this.
  Alarm(KjLoop& loop, kj::Function<void()> onRing);
  KJ_DISALLOW_COPY(Alarm);
  ~Alarm();

  // Rings once at `at` or soon after, instead of when it was set to before; never, for none.
  void set(std::optional<Instant> at);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace pi::net
