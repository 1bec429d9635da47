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

using Kind = LinkError::Kind;

[[noreturn]] void failForTime() {
  throw LinkError(Kind::kTimeUp, "the time was up before the scheduler answered");
}

Kind kindOf(const kj::Exception& dialled) {
  switch (dialled.getType()) {
    case kj::Exception::Type::FAILED:
      return Kind::kRefused;
    case kj::Exception::Type::OVERLOADED:
      return Kind::kSilent;
    case kj::Exception::Type::UNIMPLEMENTED:
      return Kind::kStranger;
    case kj::Exception::Type::DISCONNECTED:
      break;
  }
  return Kind::kUnreachable;
}

}  // namespace

void introduce(wire::Peer::Builder peer) {
  peer.setProtocolVersion(protocolVersion());
  peer.setProgramVersion(kj::heapString(programVersion().data(), programVersion().size()));
  peer.setStreamVersion(kStreamVersion);
}

Instant ClientLink::answerBy() const { return *earliest({now() + kAnswerMax, deadline}); }

void ClientLink::giveUp() const {
  if (deadline && now() >= *deadline) failForTime();
  throw LinkError(Kind::kSilent, silentText(connection->peer()));
}

ClientLink enterAsClient(KjLoop& loop, kj::Own<MessageSocket> socket,
                         std::optional<Instant> deadline) {
  ClientLink link{.loop = loop,
                  .deadline = deadline,
                  .connection = kj::heap<Connection>(kj::mv(socket)),
                  .desk = nullptr};
  try {
    auto request = link.connection->bootstrap().castAs<wire::ClientGate>().enterAsClientRequest();
    introduce(request.initPeer());
    auto response = link.answer(
        kj::Promise<capnp::Response<wire::ClientGate::EnterAsClientResults>>(request.send()));
    if (response.hasRefusal()) {
      throw LinkError(Kind::kRefused, printable(response.getRefusal().getSentence().cStr()));
    }
    link.desk = response.getDesk();
    return link;
  } catch (const kj::Exception& error) {
    std::string address = "tcp://" + link.connection->peer();
    if (error.getType() == kj::Exception::Type::UNIMPLEMENTED) {
      throw LinkError(Kind::kRefused, "the scheduler at " + address +
                                          " lets nobody with this key in as a client; get a "
                                          "connection file by 'pi-scheduler access client'");
    }
    throw LinkError(Kind::kStranger, "what answers at " + address +
                                         " is not a pi-scheduler, or one that asks for keys or "
                                         "takes no more connections; check the address, the "
                                         "connection file and the scheduler's log");
  }
}

ClientLink enterAsClient(KjLoop& loop, std::vector<Address> addresses,
                         std::optional<Instant> deadline, const DialOptions& options) {
  try {
    kj::Promise<kj::Own<MessageSocket>> call = dial(loop, std::move(addresses), options);
    if (!deadline) return enterAsClient(loop, call.wait(loop.waitScope()));
    kj::Maybe<kj::Own<MessageSocket>> socket = waitUntil(loop, *deadline, kj::mv(call));
    KJ_IF_MAYBE (connected, socket) {
      return enterAsClient(loop, kj::mv(*connected), deadline);
    }
  } catch (const kj::Exception& error) {
    throw LinkError(kindOf(error), sentenceOf(error));
  }
  failForTime();
}

std::string sentenceOf(const kj::Exception& exception) {
  std::string_view text = exception.getDescription().cStr();
  // The other side's exceptions have its name in front, and then perhaps the condition that failed.
  constexpr std::string_view kRemote = "remote exception: ";
  if (text.starts_with(kRemote)) text.remove_prefix(kRemote.size());
  std::size_t end = text.find("; ");
  if (text.starts_with("expected ") && end != text.npos) text.remove_prefix(end + 2);
  return printable(text);
}

}  // namespace pi::net
