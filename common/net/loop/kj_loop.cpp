#include "common/net/loop/kj_loop.h"

#include <asio/post.hpp>
#include <chrono>
#include <cstdint>

#include "common/net/loop/clock.h"

namespace pi::net {
namespace {

constexpr std::uint64_t kSleepNanosecondsMax = 3'600'000'000'000;

// KJ runs this many events in a row before it polls the sockets.  With its default, a busy queue
// would starve them.
constexpr unsigned kBusyPollInterval = 1000;

kj::TimePoint toKjTime(Instant time) {
  return kj::origin<kj::TimePoint>() + time.time_since_epoch().count() * kj::NANOSECONDS;
}

kj::TimePoint kjNow() { return toKjTime(now()); }

}  // namespace

KjLoop::KjLoop()
    : work_(asio::make_work_guard(io_)), timer_(kjNow()), loop_(*this), waitScope_(loop_) {
  waitScope_.setBusyPollInterval(kBusyPollInterval);
}

kj::TimePoint KjLoop::PresentTimer::now() const { return kjNow(); }

kj::Promise<void> KjLoop::PresentTimer::afterDelay(kj::Duration delay) {
  return timer_.atTime(kjNow() + delay);
}

kj::Promise<void> KjLoop::until(Instant time) { return timer_.atTime(toKjTime(time)); }

bool KjLoop::wait() {
  flushDirty();
  if (loop_.isRunnable() || !dirty_.empty()) return poll();  // A flush has made work: no sleep.

  auto delay = timer_.timeoutToNextEvent(kjNow(), kj::NANOSECONDS, kSleepNanosecondsMax);
  KJ_IF_MAYBE (nanoseconds, delay) {
    io_.run_one_for(std::chrono::nanoseconds(*nanoseconds));
  } else {
    io_.run_one();
  }
  return poll();
}

bool KjLoop::poll() {
  flushDirty();
  io_.poll();
  timer_.advanceTo(kjNow());
  return woken_.exchange(false);
}

void KjLoop::wake() const {
  woken_ = true;
  asio::post(io_, [] {});
}

void KjLoop::flushDirty() {
  flushing_.swap(dirty_);
  for (const auto& dirty : flushing_) dirty->flush();
  flushing_.clear();
}

}  // namespace pi::net
