// The bootstrap of each connection: it opens the desks of the peer's role and nothing else.
#pragma once

#include <capnp/capability.h>
#include <kj/async.h>

#include "common/model/access.h"
#include "scheduler/rpc/peer_session.h"
#include "scheduler/service/scheduler_service.h"

namespace pi::scheduler {

// With kAnyone, the role of a peer of a scheduler without keys, the peer may choose.
capnp::Capability::Client makeGate(SchedulerService& service, kj::Own<PeerSession> session,
                                   Role role);

}  // namespace pi::scheduler
