#include "common/net/loop/signals.h"

#include <doctest/doctest.h>

#include <csignal>
#include <optional>

using namespace pi::net;

TEST_CASE("a signal fulfils a promise, each time it arrives") {
  KjLoop loop;
  auto got = kj::newPromiseAndFulfiller<int>();
  Signals signals(loop, {SIGUSR1, SIGUSR2},
                  [&](int number) { got.fulfiller->fulfill(kj::mv(number)); });

  std::raise(SIGUSR1);
  CHECK(got.promise.wait(loop.waitScope()) == SIGUSR1);
  got = kj::newPromiseAndFulfiller<int>();
  std::raise(SIGUSR2);
  CHECK(got.promise.wait(loop.waitScope()) == SIGUSR2);
}

TEST_CASE("a destroyed Signals object gets no signal") {
  KjLoop loop;
  int told = 0;
  std::optional<Signals> signals(std::in_place, loop, std::initializer_list<int>{SIGUSR1},
                                 [&told](int) { ++told; });
  std::raise(SIGUSR1);
  signals.reset();
  loop.waitScope().poll();
  CHECK(told == 0);
}

TEST_CASE("a broken pipe does not end the process") {
  ignoreBrokenPipes();
  std::raise(SIGPIPE);
}
