#include "scheduler/http/loop_lag.h"

#include <algorithm>

#include "common/net/loop/clock.h"

namespace pi::scheduler::http {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPeriod = 250ms;

std::vector<Duration> lagBounds() {
  return {100us, 300us, 1ms, 3ms, 10ms, 30ms, 100ms, 300ms, 1s, 3s};
}

}  // namespace

LoopLag::LoopLag(net::KjLoop& loop)
    : loop_(loop), histogram_(lagBounds()), measuring_(measure().eagerlyEvaluate(nullptr)) {}

Duration LoopLag::recent() const { return *std::ranges::max_element(last_); }

kj::Promise<void> LoopLag::measure() {
  Instant due = net::now() + kPeriod;
  return loop_.until(due).then([this, due] {
    Duration lag = std::max(net::now() - due, Duration::zero());
    histogram_.add(lag);
    last_[next_++ % last_.size()] = lag;
    return measure();
  });
}

}  // namespace pi::scheduler::http
