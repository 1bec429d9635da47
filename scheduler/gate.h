// The bootstrap of every connection, which leads where its peer's key does and nowhere else.
#pragma once

#include <capnp/capability.h>
#include <kj/async.h>
#include <proto/pi.capnp.h>

#include <optional>

#include "common/base/access.h"
#include "scheduler/reactor.h"

namespace pi::scheduler {

// What a connection has become; whoever owns the connection reads it when that ends.
struct Visit : public kj::Refcounted {
  std::optional<Reactor::Seat> seat;  // Of a worker that joined.
};

// For a worker one by which it can enter as a worker alone, for a client likewise; who has shown no
// key because none was asked for may choose.
capnp::Capability::Client makeGate(Reactor& reactor, kj::Own<Visit> visit, Role role);

}  // namespace pi::scheduler
