// A client's way in: a connection to a scheduler, through its gate.
#pragma once

#include <kj/async.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/net/rpc/connection.h"
#include "common/net/transport/dial.h"
#include "proto/pi.capnp.h"

namespace pi::net {

// How long a scheduler may take to answer a short call: beyond, it is stopped or hangs.
inline constexpr Duration kAnswerMax = std::chrono::seconds(5);

// What this program says of itself at the gate.
void introduce(wire::Peer::Builder peer);

// Why the scheduler cannot be talked to, in one sentence for people.
class LinkError : public std::runtime_error {
 public:
  enum class Kind {
    kUnreachable,  // Nobody is at its addresses.
    kStranger,     // Somebody is, who is no scheduler.
    kSilent,       // It does not answer within kAnswerMax, or has no room.
    kRefused,      // It does not let this program in, or is not who it should be.
    kTimeUp,       // The caller's own deadline has come.
  };
  LinkError(Kind kind, const std::string& sentence) : std::runtime_error(sentence), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// Destroy the capabilities that came from it first.
struct ClientLink {
  KjLoop& loop;
  std::optional<Instant> deadline;  // Of the whole conversation.
  kj::Own<Connection> connection;
  wire::ClientDesk::Client desk;

  // Waits for what the scheduler answers to a short call.  Throws LinkError, kSilent or kTimeUp.
  template <typename T>
  T answer(kj::Promise<T> promise) const;

 private:
  Instant answerBy() const;
  [[noreturn]] void giveUp() const;
};

// Waits for the scheduler to let this program in.  Throws LinkError.
ClientLink enterAsClient(KjLoop& loop, kj::Own<MessageSocket> socket,
                         std::optional<Instant> deadline = std::nullopt);
ClientLink enterAsClient(KjLoop& loop, std::vector<Address> addresses,
                         std::optional<Instant> deadline = std::nullopt,
                         const DialOptions& options = {});

// What an exception says, printable, without KJ's own words around it.
std::string sentenceOf(const kj::Exception& exception);

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
