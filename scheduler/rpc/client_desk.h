// The calls of clients and of the owner.
#pragma once

#include <proto/pi.capnp.h>

#include "scheduler/rpc/peer_session.h"
#include "scheduler/service/client_service.h"

namespace pi::scheduler {

wire::ClientDesk::Client makeClientDesk(ClientService& service, kj::Own<PeerSession> session);
wire::OwnerDesk::Client makeOwnerDesk(ClientService& service, kj::Own<PeerSession> session);

}  // namespace pi::scheduler
