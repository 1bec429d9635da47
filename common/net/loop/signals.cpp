#include "common/net/loop/signals.h"

#include <signal.h>

#include <asio/signal_set.hpp>
#include <csignal>
#include <cstring>
#include <utility>

namespace pi::net {

// A queued handler may outlive the Signals.  `cancelled` then stops it.
struct Signals::State : std::enable_shared_from_this<Signals::State> {
  State(asio::io_context& io, kj::Function<void(int)> call) : set(io), onSignal(kj::mv(call)) {}

  void await() {
    set.async_wait([self = shared_from_this()](std::error_code error, int number) {
      if (error || self->cancelled) return;  // cancel() calls the handler, too.
      self->await();
      self->onSignal(number);
    });
  }

  asio::signal_set set;
  kj::Function<void(int)> onSignal;
  bool cancelled = false;
};

Signals::Signals(KjLoop& loop, std::initializer_list<int> numbers, kj::Function<void(int)> onSignal)
    : state_(std::make_shared<State>(loop.io(), kj::mv(onSignal))) {
  for (int number : numbers) state_->set.add(number);
  state_->await();
}

Signals::~Signals() {
  state_->cancelled = true;
  state_->onSignal = [](int) {};  // Its captures must not outlive the loop.
  std::error_code ignored;
  state_->set.cancel(ignored);
  state_->set.clear(ignored);
}

void holdBackSignals(std::initializer_list<int> numbers) {
  sigset_t held;
  ::sigemptyset(&held);
  for (int number : numbers) ::sigaddset(&held, number);
  ::pthread_sigmask(SIG_BLOCK, &held, nullptr);
}

std::string nameOf(int number) {
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : "SIG" + std::string(name);
}

void ignoreBrokenPipes() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace pi::net
