// The event loop of a process: KJ runs its events, and sleeps in an asio::io_context.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "common/base/clock.h"
#include "common/net/loop/background.h"

namespace pi::net {

// Collects output until the loop is about to sleep.
class Flushable {
 public:
  virtual void flush() = 0;

 protected:
  ~Flushable() = default;
};

// Declare it before everything that holds a promise or a socket.  It belongs to one thread; other
// threads may only call asio::post(io(), ...).  A handler of io() may fulfil promises; it must
// never wait for one.
class KjLoop final : private kj::EventPort {
 public:
  KjLoop();
  KJ_DISALLOW_COPY(KjLoop);

  asio::io_context& io() { return io_; }
  kj::WaitScope& waitScope() { return waitScope_; }
  // Every delay counts from the moment of the call, also in a handler of io().
  kj::Timer& timer() { return presentTimer_; }
  kj::Promise<void> until(Instant time);  // Resolves at `time`.

  // Calls flush() once, before the loop next sleeps.
  void flushBeforeSleep(std::shared_ptr<Flushable> dirty) { dirty_.push_back(std::move(dirty)); }

  // Does the work piece by piece, until it has nothing left.  It gets the time that no other work
  // needs, and a share of the rest (see BackgroundBudget).  Several works take turns.
  void inBackground(std::shared_ptr<BackgroundWork> work) {
    background_.push_back(std::move(work));
  }
  const BackgroundCounts& backgroundCounts() const { return backgroundCounts_; }

 private:
  // KJ's timer takes the time of the loop's last turn for now.  A handler of io() runs right after
  // the loop has slept, so that time may be long ago there.
  class PresentTimer final : public kj::Timer {
   public:
    explicit PresentTimer(kj::TimerImpl& timer) : timer_(timer) {}
    kj::TimePoint now() const override;
    kj::Promise<void> atTime(kj::TimePoint time) override { return timer_.atTime(time); }
    kj::Promise<void> afterDelay(kj::Duration delay) override;

   private:
    kj::TimerImpl& timer_;
  };

  bool wait() override;
  bool poll() override;
  void wake() const override;
  void flushDirty();
  void runBackground(std::size_t handlersRun);

  mutable asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  mutable std::atomic<bool> woken_ = false;
  std::vector<std::shared_ptr<Flushable>> dirty_;
  std::vector<std::shared_ptr<Flushable>> flushing_;  // A member for its capacity.
  std::deque<std::shared_ptr<BackgroundWork>> background_;
  BackgroundBudget backgroundBudget_;
  BackgroundCounts backgroundCounts_;
  kj::TimerImpl timer_;
  PresentTimer presentTimer_{timer_};
  kj::EventLoop loop_;
  kj::WaitScope waitScope_;
};

inline kj::Duration toKj(Duration duration) { return duration.count() * kj::NANOSECONDS; }

}  // namespace pi::net
