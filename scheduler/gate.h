// The bootstrap of every connection: who are you, and may you come in?
#pragma once

#include <kj/async.h>
#include <proto/pi.capnp.h>

#include <optional>

#include "scheduler/reactor.h"

namespace pi::scheduler {

// What a connection has become; whoever owns the connection reads it when that ends.
struct Visit : public kj::Refcounted {
  std::optional<Reactor::Seat> seat;  // Of a worker that joined.
};

wire::Gate::Client makeGate(Reactor& reactor, kj::Own<Visit> visit);

}  // namespace pi::scheduler
