#include "common/net/loop/kj_loop.h"

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <cstdint>

#include "common/net/loop/clock.h"

namespace pi::net {
namespace {

// Not in SECURITY.md: the loop sleeps again.
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
  // A flush has made work, or there is some in the background: no sleep.
  if (loop_.isRunnable() || !dirty_.empty() || !background_.empty()) return poll();

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
  std::size_t handlersRun = io_.poll();
  timer_.advanceTo(kjNow());
  if (!background_.empty()) runBackground(handlersRun);
  return woken_.exchange(false);
}

// Does at most one piece, so that the sockets are looked at between two pieces.
void KjLoop::runBackground(std::size_t handlersRun) {
  bool areOthersDue = handlersRun > 0 || loop_.isRunnable() || !dirty_.empty();
  if (loop_.isRunnable()) ++backgroundCounts_.eventsBetween;
  Duration begin = threadCpuTime();
  if (areOthersDue && !backgroundBudget_.allows(begin)) return;

  auto work = std::move(background_.front());
  background_.pop_front();
  bool hasMore = work->doPiece();
  if (hasMore) background_.push_back(std::move(work));

  Duration end = threadCpuTime();
  backgroundBudget_.spend(begin, end);
  ++backgroundCounts_.pieces;
  backgroundCounts_.cpu += end - begin;
  backgroundCounts_.longest = std::max(backgroundCounts_.longest, end - begin);
  if (!areOthersDue) return;
  ++backgroundCounts_.piecesBeforeOthers;
  backgroundCounts_.cpuBeforeOthers += end - begin;
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
