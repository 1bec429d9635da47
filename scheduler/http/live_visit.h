// A viewer of the live view, as the door hands it over.
#pragma once

#include <kj/compat/http.h>
#include <kj/function.h>

#include <memory>

#include "common/base/clock.h"
#include "common/net/transport/buffered_socket.h"
#include "scheduler/http/guarded_stream.h"

namespace pi::scheduler::http {

struct LiveVisit {
  kj::Own<kj::WebSocket> socket;
  // Those below the WebSocket.
  GuardedStream& stream;
  std::shared_ptr<net::BufferedSocket> connection;
  // Now: both rights may end earlier than the visit.
  kj::Function<bool()> mayLook;
  kj::Function<bool()> mayControl;
  Duration frameTimeout{};  // For the viewer to take a frame.
};

}  // namespace pi::scheduler::http
