// The meaning of the signals that end a worker: its batch system sends several of them for one end.
#pragma once

#include <map>

#include "common/base/clock.h"

namespace pi::worker {

class EndSignals {
 public:
  enum class Meaning { kDrain, kLeaveNow };

  // A signal has come.  Every kind of signal asks for a drain; only one that is repeated later than
  // a second after its first means: leave at once.
  Meaning on(int number, Instant now);

 private:
  std::map<int, Instant> first_;
};

}  // namespace pi::worker
