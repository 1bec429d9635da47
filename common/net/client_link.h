// A client's way in: a connection to a scheduler, through its gate.
#pragma once

#include <kj/async.h>

#include <stdexcept>
#include <vector>

#include "common/base/address.h"
#include "common/net/connection.h"
#include "common/net/dial.h"
#include "proto/pi.capnp.h"

namespace pi::net {

// What this program says of itself at the gate.
void introduce(wire::Peer::Builder peer);

// The scheduler answered and said no: its sentence.
class RefusedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Destroy the capabilities that came from it first.
struct ClientLink {
  kj::Own<Connection> connection;
  wire::ClientDesk::Client desk;
};

// Fails as DISCONNECTED when no address answers; throws RefusedError when the scheduler does not
// let this program in.
kj::Promise<ClientLink> enterAsClient(kj::Own<MessageSocket> socket);
kj::Promise<ClientLink> enterAsClient(KjLoop& loop, std::vector<Address> addresses);

}  // namespace pi::net
