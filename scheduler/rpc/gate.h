// The bootstrap of each connection: it opens the desks of the peer's role and nothing else.
#pragma once

#include <capnp/capability.h>
#include <kj/async.h>

#include <string>

#include "common/model/access.h"
#include "scheduler/rpc/peer_session.h"
#include "scheduler/service/scheduler_service.h"

namespace pi::scheduler {

// With kAnyone, the role of a peer of a scheduler without keys, the peer may choose.
// `schedulerId`: the id in the connection file.
capnp::Capability::Client makeGate(SchedulerService& service, kj::Own<PeerSession> session,
                                   Role role, const std::string& schedulerId);

}  // namespace pi::scheduler
