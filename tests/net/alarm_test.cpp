#include "common/net/loop/alarm.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>

#include "common/net/loop/clock.h"

using namespace pi;
using namespace pi::net;
using namespace std::chrono_literals;

TEST_CASE("an alarm rings once, not before its time, and may be set again when it rings") {
  KjLoop loop;
  auto rung = kj::newPromiseAndFulfiller<void>();
  Instant at = now() + 2ms;
  int rings = 0;
  Alarm* self = nullptr;
  Alarm alarm(loop, [&] {
    CHECK(now() >= at);
    if (++rings == 2) return rung.fulfiller->fulfill();
    self->set(at = now() + 1ms);
  });
  self = &alarm;
  alarm.set(at);
  rung.promise.wait(loop.waitScope());
  CHECK(rings == 2);
}

TEST_CASE("an alarm does not ring at a time that was replaced or switched off") {
  KjLoop loop;
  auto rung = kj::newPromiseAndFulfiller<void>();
  int early = 0;
  Alarm cancelled(loop, [&early] { ++early; });
  cancelled.set(now());
  cancelled.set(std::nullopt);
  Instant at = now() + 3ms;
  Alarm moved(loop, [&] {
    if (now() < at) ++early;
    rung.fulfiller->fulfill();
  });
  moved.set(now());
  moved.set(at);
  {
    Alarm destroyed(loop, [&early] { ++early; });
    destroyed.set(now());
  }
  rung.promise.wait(loop.waitScope());
  CHECK(early == 0);
}
