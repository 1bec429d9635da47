// The end of a worker, in order: it works, then its threads stop, then it leaves the scheduler.
#pragma once

#include <optional>

#include "common/base/clock.h"

namespace pi::worker {

// The law: the stage only moves forward, and each stage has one deadline.
class Departure {
 public:
  // While kWorking, the deadline is the end of the lifetime, if there is one.
  enum class Stage { kWorking, kStopping, kLeaving };

  // `lifetime`: drain after this long; zero for never.
  Departure(Duration lifetime, Instant now);

  Stage stage() const { return stage_; }
  bool isDraining() const { return stage_ != Stage::kWorking; }
  bool isLeaving() const { return stage_ == Stage::kLeaving; }
  std::optional<Instant> deadline() const { return deadline_; }
  bool isOverdue(Instant now) const { return deadline_ && now >= *deadline_; }

  void stop(Instant now);
  void leave(bool isOnline, Instant now);
  // The connection is lost: less time is left to leave.
  void goOffline(Instant now);

  // The process was suspended for this long.  The lifetime is not extended: it limits elapsed time.
  void compensateForPause(Duration pause);

  void checkInvariants() const;

 private:
  Stage stage_ = Stage::kWorking;
  std::optional<Instant> deadline_;
};

}  // namespace pi::worker
