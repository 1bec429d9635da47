// What a client may do.
#pragma once

#include <proto/pi.capnp.h>

#include "scheduler/gate.h"
#include "scheduler/reactor.h"

namespace pi::scheduler {

wire::ClientDesk::Client makeClientDesk(Reactor& reactor, kj::Own<Visit> visit);
wire::OwnerDesk::Client makeOwnerDesk(Reactor& reactor, kj::Own<Visit> visit);

}  // namespace pi::scheduler
