// Runs the scheduler's core on the loop: gives it events and the time, has its actions performed,
// and wakes it when it asks for that.
#pragma once

#include <kj/timer.h>

#include <cstdint>

#include "common/net/loop/alarm.h"
#include "common/net/loop/kj_loop.h"
#include "scheduler/core/scheduler.h"

namespace pi::scheduler {

class CoreRunner {
 public:
  // Performs the actions of the core.  Must not pass the core another event meanwhile.
  class Performer {
   public:
    virtual void perform(Action& action) = 0;
    // All actions of an event are performed.
    virtual void afterEvent() = 0;

   protected:
    ~Performer() = default;
  };

  // `performer` is first called when the loop runs or handle() is called, and must outlive this
  // object.
  CoreRunner(net::KjLoop& loop, const Config& config, const Saved& saved, Performer& performer);
  KJ_DISALLOW_COPY(CoreRunner);

  // Passes the event to the core and has its actions performed.  Returns them for a caller whose
  // answer is among them.
  Actions handle(const Event& event);

  const Scheduler& core() const { return core_; }
  const Config& config() const { return config_; }
  kj::Timer& timer() { return loop_.timer(); }

  // A client has asked for something.
  void noteRequest();
  // The time since the last request of a client or the last unfinished job.
  Duration idleTime() const;

 private:
  net::KjLoop& loop_;
  const Config config_;
  Performer& performer_;
  Scheduler core_;
  Instant busyAt_;
  net::Alarm alarm_;
};

}  // namespace pi::scheduler
