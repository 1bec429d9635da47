#include "common/net/rpc/client_link.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/base/printable.h"
#include "common/model/stream.h"
#include "common/model/version.h"
#include "common/net/loop/clock.h"

namespace pi::net {
namespace {

[[noreturn]] void failForTime() {
  throw ConnectError(ConnectFailure::kTimedOut, "the scheduler did not answer before the timeout");
}

template <typename Params, typename Results>
void enter(ClientLink& link, capnp::Request<Params, Results> request) {
  introduce(request.initPeer());
  auto response = link.answer(kj::Promise<capnp::Response<Results>>(request.send()));
  if (response.hasRefusal()) {
    bool isFull = response.getRefusal().getCode() == wire::Refusal::Code::LIMIT_REACHED;
    throw ConnectError(isFull ? ConnectFailure::kFull : ConnectFailure::kRefused,
                       printable(response.getRefusal().getSentence().cStr()));
  }
  link.desk = response.getDesk();
}

}  // namespace

void introduce(wire::Peer::Builder peer) {
  peer.setProtocolVersion(protocolVersion());
  peer.setProgramVersion(kj::heapString(programVersion().data(), programVersion().size()));
  peer.setStreamVersion(kStreamVersion);
  peer.setCalendarNanoseconds(wallNow().time_since_epoch().count());
}

Instant ClientLink::answerBy() const { return *earliest({now() + kAnswerMax, deadline}); }

void ClientLink::giveUp() const {
  if (deadline && now() >= *deadline) failForTime();
  throw ConnectError(ConnectFailure::kSilent, silentText(connection->peer()));
}

ClientLink enterAsClient(KjLoop& loop, kj::Own<MessageSocket> socket,
                         std::optional<Instant> deadline, Role as) {
  ClientLink link{.loop = loop,
                  .deadline = deadline,
                  .connection = kj::heap<Connection>(kj::mv(socket)),
                  .desk = nullptr};
  try {
    auto gate = link.connection->bootstrap().castAs<wire::OwnerGate>();
    if (as == Role::kOwner) {
      enter(link, gate.enterAsOwnerRequest());
    } else {
      enter(link, gate.enterAsClientRequest());
    }
    return link;
  } catch (const kj::Exception& error) {
    std::string address = "tcp://" + link.connection->peer();
    if (connectFailureOf(error) == ConnectFailure::kRefused) {
      throw ConnectError(ConnectFailure::kRefused,
                         "the scheduler at " + address +
                             " does not accept this key for a client; get a connection file with "
                             "'pi-scheduler access client'");
    }
    throw ConnectError(ConnectFailure::kNotAScheduler, notASchedulerText(link.connection->peer()));
  }
}

ClientLink enterAsClient(KjLoop& loop, const std::vector<Address>& addresses,
                         std::optional<Instant> deadline, const DialOptions& options, Role as) {
  try {
    kj::Promise<kj::Own<MessageSocket>> call = dial(loop, addresses, options);
    if (!deadline) return enterAsClient(loop, call.wait(loop.waitScope()), std::nullopt, as);
    kj::Maybe<kj::Own<MessageSocket>> socket = waitUntil(loop, *deadline, kj::mv(call));
    KJ_IF_MAYBE (connected, socket) {
      return enterAsClient(loop, kj::mv(*connected), deadline, as);
    }
  } catch (const kj::Exception& error) {
    throw ConnectError(connectFailureOf(error).value_or(ConnectFailure::kUnreachable),
                       sentenceOf(error));
  }
  failForTime();
}

std::string notASchedulerText(const std::string& peer) {
  return "tcp://" + peer +
         " is not a pi-scheduler, or it needs keys, or it is full; check the address, the "
         "connection "
         "file and the scheduler's log";
}

}  // namespace pi::net
