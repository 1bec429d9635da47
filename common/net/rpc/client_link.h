// A client's connection to a scheduler, through its gate.
#pragma once

#include <kj/async.h>

#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/model/access.h"
#include "common/net/rpc/connection.h"
#include "common/net/rpc/limits.h"
#include "common/net/transport/connect_error.h"
#include "common/net/transport/dial.h"
#include "proto/pi.capnp.h"

namespace pi::net {

// Fills in this program's versions, which the gate checks, and its clock.
void introduce(wire::Peer::Builder peer);

// Destroy all capabilities that came from it before the link.
struct ClientLink {
  KjLoop& loop;
  std::optional<Instant> deadline;  // For all calls on this link.
  kj::Own<Connection> connection;
  wire::ClientDesk::Client desk;

  // Waits for the answer to a short call, at most kAnswerMax.  Throws ConnectError, kSilent or
  // kTimedOut.
  template <typename T>
  T answer(kj::Promise<T> promise) const;

 private:
  Instant answerBy() const;
  [[noreturn]] void giveUp() const;
};

// Connects, if it is given addresses, and waits until the scheduler accepts this program as a
// client. Throws ConnectError.  Without keys a program may also enter as the owner, for whom a full
// scheduler keeps places.
ClientLink enterAsClient(KjLoop& loop, kj::Own<MessageSocket> socket,
                         std::optional<Instant> deadline = std::nullopt, Role as = Role::kClient);
ClientLink enterAsClient(KjLoop& loop, const std::vector<Address>& addresses,
                         std::optional<Instant> deadline = std::nullopt,
                         const DialOptions& options = {}, Role as = Role::kClient);

// The sentence for a peer that has closed the connection before it has answered the first call.
std::string notASchedulerText(const std::string& peer);

// Waits for the promise until `time`.  Null if it has not resolved.
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
