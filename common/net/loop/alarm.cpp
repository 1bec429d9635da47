#include "common/net/loop/alarm.h"

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <utility>

namespace pi::net {

// Outlives Alarm when a handler is on its way; that handler then finds that it is not meant.
struct Alarm::State : std::enable_shared_from_this<Alarm::State> {
  State(asio::io_context& io, kj::Function<void()> call) : timer(io), onRing(kj::mv(call)) {}

  void set(std::optional<Instant> wanted) {
    if (at == wanted) return;
    at = wanted;
    ++setting;
    if (!at) {
      timer.cancel();
      return;
    }
    timer.expires_at(*at);
    timer.async_wait([self = shared_from_this(), meant = setting](std::error_code error) {
      // A handler that is queued already is called in spite of cancelling.
      if (error || self->setting != meant) return;
      self->at.reset();
      self->onRing();
    });
  }

  asio::steady_timer timer;
  kj::Function<void()> onRing;
  std::optional<Instant> at;
  std::uint64_t setting = 0;  // Counts, so that a handler knows whether it is still meant.
};

Alarm::Alarm(KjLoop& loop, kj::Function<void()> onRing)
    : state_(std::make_shared<State>(loop.io(), kj::mv(onRing))) {}

Alarm::~Alarm() {
  state_->set(std::nullopt);
  state_->onRing = [] {};  // What it holds must not outlive the loop.
}

void Alarm::set(std::optional<Instant> at) { state_->set(at); }

}  // namespace pi::net
