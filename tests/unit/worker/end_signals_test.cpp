#include "worker/core/end_signals.h"

#include <doctest/doctest.h>

#include <csignal>

namespace pi::worker {
namespace {

using namespace std::chrono_literals;
using enum EndSignals::Meaning;

constexpr Instant kStart{1h};

}  // namespace

TEST_CASE("different signals are one request to drain, whenever they come") {
  EndSignals signals;
  CHECK(signals.on(SIGUSR1, kStart) == kDrain);
  CHECK(signals.on(SIGTERM, kStart + 1ms) == kDrain);
  CHECK(signals.on(SIGINT, kStart + 1min) == kDrain);
}

TEST_CASE("a signal that a batch system sends twice within a second is still one request") {
  EndSignals signals;
  CHECK(signals.on(SIGTERM, kStart) == kDrain);
  CHECK(signals.on(SIGTERM, kStart + 2ms) == kDrain);
  CHECK(signals.on(SIGTERM, kStart + 1s) == kDrain);
}

TEST_CASE("the same signal more than a second after its first means to leave at once") {
  EndSignals signals;
  signals.on(SIGTERM, kStart);
  signals.on(SIGINT, kStart + 2s);
  CHECK(signals.on(SIGTERM, kStart + 1001ms) == kLeaveNow);
  CHECK(signals.on(SIGINT, kStart + 4s) == kLeaveNow);
}

TEST_CASE("the limit on CPU time, which the kernel repeats, only drains") {
  EndSignals signals;
  CHECK(signals.on(SIGXCPU, kStart) == kDrain);
  CHECK(signals.on(SIGXCPU, kStart + 5s) == kDrain);
}

}  // namespace pi::worker
