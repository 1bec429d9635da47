// The state of a peer on its connection: its role, and how much of its limits it uses.
#pragma once

#include <kj/refcount.h>

#include <cstddef>
#include <optional>

#include "common/model/access.h"
#include "scheduler/rpc/places.h"
#include "scheduler/service/worker_service.h"

namespace pi::scheduler {

// Shared by the connection's owner and by the capabilities that the peer holds.
struct PeerSession : public kj::Refcounted {
  std::optional<SessionId> worker;  // Set when a worker has joined.
  std::optional<Role> enteredAs;    // A peer may enter once.
  Places* places = nullptr;         // For a peer without a key, which takes a place when it enters.
  bool hasAskedToJoin = false;      // A worker may ask once, even if it is refused.
  std::size_t watches = 0;
  std::size_t openJobs = 0;

  // The peer has done what it connected for: it is a client, or a worker that has joined.
  bool isSettled() const {
    return worker.has_value() || (enteredAs && *enteredAs != Role::kWorker);
  }
};

}  // namespace pi::scheduler
