// A worker's decisions, free of I/O: events in, actions out, time as an argument.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/clock.h"
#include "worker/core/action.h"
#include "worker/core/departure.h"
#include "worker/core/event.h"
#include "worker/core/held_leases.h"
#include "worker/core/low_water.h"
#include "worker/core/outbox.h"
#include "worker/core/scheduler_link.h"

namespace pi::worker {

struct Config {
  Duration deathTimeout{};  // Exit after this long without a scheduler; zero for never.
  Duration lifetime{};      // Drain after this long; zero for never.
  // The batch system kills the process after this long; nothing if that is not known.
  std::optional<Duration> killedAfter{};
};

// Five parts with one law each: SchedulerLink (the connection), HeldLeases (work), LowWater (when
// to ask for more), Outbox (results) and Departure (the end).  This class decides how an event in
// one part affects the others.
//
// The law: every sample that is computed within a lease is either in HeldLeases or in the Outbox,
// until the scheduler has committed it or does not want it.
class Worker {
 public:
  // `samplesPerSecond`: the speed of all threads together, above zero.
  Worker(const Config& config, std::uint64_t samplesPerSecond, Instant now);

  // The first actions.
  Actions start();

  // Takes one event and returns what to do about it.  The only way the state changes.
  Actions handle(const Event& event, Instant now);

  // When event::Tick has to come at the latest.
  std::optional<Instant> wakeAt() const;

  void checkInvariants() const;

 private:
  void sayHello(Instant now);
  void noteLost(const event::Disconnected& disconnected, Instant now);
  void noteJoined(const event::Joined& joined, Instant now);
  void noteReceived(const event::ReportReceived& received, Instant now);
  void noteComputed(const event::SpanComputed& computed);
  void take(const event::LeasesLent& lent);
  void keepTime(Instant now);
  void compensateForPause(Instant now);

  void speak(Instant now);
  void beat(Instant now);
  void report(Instant now);
  void drain(Instant now);
  void leaveOrExit(Instant now);
  void exit(action::ExitReason reason);
  std::optional<Instant> heartbeatAt() const;
  std::optional<Instant> deathAt() const;

  SchedulerLink link_;
  HeldLeases held_;
  LowWater lowWater_;
  Outbox outbox_;
  Departure departure_;

  Duration heartbeat_{};             // As the scheduler wants it.
  Instant spokeAt_;                  // When the scheduler was last sent anything.
  std::optional<Instant> wantedAt_;  // When the next event was due at the latest.
  bool wantsWork_ = true;
  action::ExitReason drained_ = action::ExitReason::kDrained;  // How a drain ends.
  bool hasExited_ = false;
  Actions actions_;  // The answer to the event that is being handled.
};

}  // namespace pi::worker
