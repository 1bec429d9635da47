// Signals, delivered on the loop's thread as ordinary calls.
#pragma once

#include <kj/function.h>

#include <initializer_list>
#include <memory>

#include "common/net/loop/kj_loop.h"

namespace pi::net {

// While it lives, calls `onSignal` with the number of every signal of `numbers`, instead of what
// the signal would have done.  `onSignal` runs inside the loop: it may fulfil a promise, and must
// not wait for one nor destroy this.
class Signals {
 public:
  Signals(KjLoop& loop, std::initializer_list<int> numbers, kj::Function<void(int)> onSignal);
  KJ_DISALLOW_COPY(Signals);
  ~Signals();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Makes writing to a peer that is gone an error instead of the end of the process.
void ignoreBrokenPipes();

}  // namespace pi::net
