#include "common/net/client_link.h"

#include <string>
#include <utility>

#include "common/base/stream.h"
#include "common/base/version.h"

namespace pi::net {

void introduce(wire::Peer::Builder peer) {
  peer.setProtocolVersion(protocolVersion());
  peer.setProgramVersion(kj::heapString(programVersion().data(), programVersion().size()));
  peer.setStreamVersion(kStreamVersion);
}

kj::Promise<ClientLink> enterAsClient(kj::Own<MessageSocket> socket) {
  auto connection = kj::heap<Connection>(kj::mv(socket));
  auto request = connection->bootstrap().castAs<wire::Gate>().enterAsClientRequest();
  introduce(request.initPeer());
  return request.send().then([connection = kj::mv(connection)](auto&& response) mutable {
    if (response.hasRefusal()) {
      throw RefusedError(response.getRefusal().getSentence().cStr());
    }
    return ClientLink{.connection = kj::mv(connection), .desk = response.getDesk()};
  });
}

kj::Promise<ClientLink> enterAsClient(KjLoop& loop, std::vector<Address> addresses) {
  return dial(loop, std::move(addresses)).then([](kj::Own<MessageSocket>&& socket) {
    return enterAsClient(kj::mv(socket));
  });
}

}  // namespace pi::net
