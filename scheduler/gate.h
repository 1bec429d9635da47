// The bootstrap of every connection, which leads where its peer's key does and nowhere else.
#pragma once

#include <capnp/capability.h>
#include <kj/async.h>
#include <proto/pi.capnp.h>

#include <cstddef>
#include <optional>

#include "common/model/access.h"
#include "scheduler/reactor.h"

namespace pi::scheduler {

// What a connection has become, and what its peer has open; whoever owns the connection reads it.
struct Visit : public kj::Refcounted {
  std::optional<Reactor::Seat> seat;  // Of a worker that joined.
  bool hasDesk = false;               // It has entered, which it may once.
  bool isClient = false;              // Namely as a client.
  bool hasAskedToJoin = false;        // Which it may once, too, whatever comes of it.
  std::size_t watches = 0;
  std::size_t jobs = 0;

  // It is what it came for: a client, or a worker that has joined.
  bool isSettled() const { return isClient || seat.has_value(); }
};

// For a worker one by which it can enter as a worker alone, for a client likewise; who has shown no
// key because none was asked for may choose.
capnp::Capability::Client makeGate(Reactor& reactor, kj::Own<Visit> visit, Role role);

}  // namespace pi::scheduler
