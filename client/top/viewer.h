// Brings the scheduler's answers, the user's keys and the screen together.
#pragma once

#include <kj/async.h>

#include <asio/posix/stream_descriptor.hpp>
#include <vector>

#include "client/top/feed.h"
#include "client/top/screen.h"
#include "client/top/state.h"
#include "common/base/exit_code.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/loop/signals.h"

namespace pi::client::top {

// Keys and signals are handled and shown at once, also while a call to the scheduler is under way.
// Their requests wait for the end of that call.
class Viewer {
 public:
  Viewer(net::KjLoop& loop, Feed& feed);
  KJ_DISALLOW_COPY(Viewer);
  ~Viewer();

  // Until the user leaves.
  ExitCode run();

 private:
  void awaitKeys();
  void takeKeys();
  void onSignal(int number);
  void leave(ExitCode code);
  void wake();
  void draw();
  void fulfilWishes();

  net::KjLoop& loop_;
  Feed& feed_;
  State state_;
  std::vector<Cancel> wishes_;
  std::optional<ExitCode> end_;
  kj::Own<kj::PromiseFulfiller<void>> pause_;  // Ends the pause between two questions.

  net::Signals signals_;  // Before the screen: ncurses leaves signals alone that are taken.
  Screen screen_;
  asio::posix::stream_descriptor keyboard_;
};

}  // namespace pi::client::top
