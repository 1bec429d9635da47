// Delivers signals on the loop's thread as ordinary calls.
#pragma once

#include <kj/function.h>

#include <initializer_list>
#include <memory>
#include <string>

#include "common/net/loop/kj_loop.h"

namespace pi::net {

// While this object lives, each signal in `numbers` calls `onSignal` with its number, in place of
// the signal's own action.  `onSignal` runs inside the loop: it may fulfil a promise; it must not
// wait for one or destroy this object.
class Signals {
 public:
  Signals(KjLoop& loop, std::initializer_list<int> numbers, kj::Function<void(int)> onSignal);
  KJ_DISALLOW_COPY(Signals);
  ~Signals();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// The system no longer delivers these signals to this process.  It must not have another thread
// that accepts them, or be about to end that thread.
void holdBackSignals(std::initializer_list<int> numbers);

// "SIGTERM"
std::string nameOf(int number);

// Makes a write to a closed pipe or socket an error; without this, it ends the process.
void ignoreBrokenPipes();

}  // namespace pi::net
