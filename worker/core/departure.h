// The end of a worker, in order: it works, then its threads stop, then it leaves the scheduler.
#pragma once

#include <optional>

#include "common/base/clock.h"

namespace pi::worker {

// The law: the stage only moves forward, and each stage has one deadline.
class Departure {
 public:
  // While kWorking, the deadline is when the worker drains by itself, if it does.
  enum class Stage { kWorking, kStopping, kLeaving };

  // `lifetime`: drain after this long; zero for never.  `killedAfter`: the batch system kills the
  // process then, so it drains early enough to have left; nothing if that is not known.
  Departure(Duration lifetime, Instant now, std::optional<Duration> killedAfter = {});

  Stage stage() const { return stage_; }
  bool isDraining() const { return stage_ != Stage::kWorking; }
  bool isLeaving() const { return stage_ == Stage::kLeaving; }
  std::optional<Instant> deadline() const { return deadline_; }
  bool isOverdue(Instant now) const { return deadline_ && now >= *deadline_; }
  // How long the worker still computes: zero while it drains, nothing if it knows no end.
  std::optional<Duration> timeLeft(Instant now) const;

  void stop(Instant now);
  void leave(bool isOnline, Instant now);
  // The connection is lost: less time is left to leave.
  void goOffline(Instant now);

  // The process was suspended for this long.  Lifetime and batch job are not extended: they limit
  // elapsed time.
  void compensateForPause(Duration pause);

  void checkInvariants() const;

 private:
  Stage stage_ = Stage::kWorking;
  std::optional<Instant> deadline_;
};

}  // namespace pi::worker
