// The calls of workers.
#pragma once

#include <proto/pi.capnp.h>

#include "scheduler/rpc/peer_session.h"
#include "scheduler/service/worker_service.h"

namespace pi::scheduler {

wire::WorkerDesk::Client makeWorkerDesk(WorkerService& service, kj::Own<PeerSession> session);

}  // namespace pi::scheduler
