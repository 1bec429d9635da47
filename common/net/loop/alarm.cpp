#include "common/net/loop/alarm.h"

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <utility>

namespace pi::net {

// A queued handler may outlive the Alarm.  `setting` then tells it that it is outdated.
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
    timer.async_wait([self = shared_from_this(), wanted = setting](std::error_code error) {
      // cancel() does not stop a handler that is queued already.
      if (error || self->setting != wanted) return;
      self->at.reset();
      self->onRing();
    });
  }

  asio::steady_timer timer;
  kj::Function<void()> onRing;
  std::optional<Instant> at;
  std::uint64_t setting = 0;  // The number of calls of set(); tells outdated handlers.
};

Alarm::Alarm(KjLoop& loop, kj::Function<void()> onRing)
    : state_(std::make_shared<State>(loop.io(), kj::mv(onRing))) {}

Alarm::~Alarm() {
  state_->set(std::nullopt);
  state_->onRing = [] {};  // Its captures must not outlive the loop.
}

void Alarm::set(std::optional<Instant> at) { state_->set(at); }

}  // namespace pi::net
