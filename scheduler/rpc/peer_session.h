// The state of a peer on its connection: its role, and how much of its limits it uses.
#pragma once

#include <kj/refcount.h>

#include <cstddef>
#include <optional>

#include "scheduler/service/worker_service.h"

namespace pi::scheduler {

// Shared by the connection's owner and by the capabilities that the peer holds.
struct PeerSession : public kj::Refcounted {
  std::optional<SessionId> worker;  // Set when a worker has joined.
  bool hasEntered = false;          // A peer may enter once.
  bool isClient = false;            // It has entered as a client or as the owner.
  bool hasAskedToJoin = false;      // A worker may ask once, even if it is refused.
  std::size_t watches = 0;
  std::size_t openJobs = 0;

  // The peer has done what it connected for: it is a client, or a worker that has joined.
  bool isSettled() const { return isClient || worker.has_value(); }
};

}  // namespace pi::scheduler
