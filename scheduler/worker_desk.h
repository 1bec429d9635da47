// What a worker may do.
#pragma once

#include <proto/pi.capnp.h>

#include "scheduler/gate.h"
#include "scheduler/reactor.h"

namespace pi::scheduler {

wire::WorkerDesk::Client makeWorkerDesk(Reactor& reactor, kj::Own<Visit> visit);

}  // namespace pi::scheduler
