// Work that must not delay the other work of the loop, such as the handshakes of strangers.
#pragma once

#include <cstdint>

#include "common/base/clock.h"
#include "common/net/loop/limits.h"

namespace pi::net {

class BackgroundWork {
 public:
  // Does one small piece.  False if nothing is left: the loop then forgets this work.
  virtual bool doPiece() = 0;

 protected:
  ~BackgroundWork() = default;
};

// When background work may run: whenever nothing else is due, and otherwise for its share.  Times
// are CPU times of the loop's thread, so a machine that is busy with other programs changes
// nothing.
class BackgroundBudget {
 public:
  // Whether the next piece may run at `cpu` although other work is due.
  bool allows(Duration cpu) const { return cpu >= restUntil_; }
  // A piece has run.
  void spend(Duration begin, Duration end) { restUntil_ = end + kRestsPerPiece * (end - begin); }

 private:
  Duration restUntil_{};
};

// Shows whether background work has delayed other work.
struct BackgroundCounts {
  std::uint64_t pieces = 0;
  std::uint64_t piecesBeforeOthers = 0;  // Those that ran although other work was due.
  // Times that events of KJ, such as calls, were due while pieces waited.  Handlers of Asio do not
  // count: those of strangers' sockets are among them.
  std::uint64_t eventsBetween = 0;
  Duration cpu{};              // All pieces.
  Duration cpuBeforeOthers{};  // The piecesBeforeOthers.
  Duration longest{};          // CPU time of the longest piece.
};

}  // namespace pi::net
