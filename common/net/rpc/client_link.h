// A client's way in: a connection to a scheduler, through its gate.
#pragma once

#include <kj/async.h>

#include <optional>
#include <vector>

#include "common/base/address.h"
#include "common/net/rpc/connection.h"
#include "common/net/transport/connect_error.h"
#include "common/net/transport/dial.h"
#include "proto/pi.capnp.h"

namespace pi::net {

// How long a scheduler may take to answer a short call: beyond, it is stopped or hangs.
inline constexpr Duration kAnswerMax = std::chrono::seconds(5);

// What this program says of itself at the gate.
void introduce(wire::Peer::Builder peer);

// Destroy the capabilities that came from it first.
struct ClientLink {
  KjLoop& loop;
  std::optional<Instant> deadline;  // Of the whole conversation.
  kj::Own<Connection> connection;
  wire::ClientDesk::Client desk;

  // Waits for what the scheduler answers to a short call.  Throws ConnectError, kSilent or
  // kTimedOut.
  template <typename T>
  T answer(kj::Promise<T> promise) const;

 private:
  Instant answerBy() const;
  [[noreturn]] void giveUp() const;
};

// Waits for the scheduler to let this program in.  Throws ConnectError.
ClientLink enterAsClient(KjLoop& loop, kj::Own<MessageSocket> socket,
                         std::optional<Instant> deadline = std::nullopt);
ClientLink enterAsClient(KjLoop& loop, std::vector<Address> addresses,
                         std::optional<Instant> deadline = std::nullopt,
                         const DialOptions& options = {});

// Waits until `time`; null if the promise has not come by then.
template <typename T>
kj::Maybe<T> waitUntil(KjLoop& loop, Instant time, kj::Promise<T> promise) {
  auto late = loop.until(time).then([]() -> kj::Maybe<T> { return nullptr; });
  return promise.then([](T&& value) -> kj::Maybe<T> { return kj::mv(value); })
      .exclusiveJoin(kj::mv(late))
      .wait(loop.waitScope());
}

template <typename T>
T ClientLink::answer(kj::Promise<T> promise) const {
  kj::Maybe<T> value = waitUntil(loop, answerBy(), kj::mv(promise));
  KJ_IF_MAYBE (answered, value) {
    return kj::mv(*answered);
  }
  giveUp();
}

}  // namespace pi::net
