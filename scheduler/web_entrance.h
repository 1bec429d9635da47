// How browsers and monitors reach a scheduler: the HTTP door's listener, its address, and the token
// that opens it.
#pragma once

#include <kj/memory.h>

#include <optional>
#include <string>

#include "common/net/loop/kj_loop.h"
#include "common/net/secrets/secret.h"
#include "common/net/transport/listener.h"
#include "scheduler/http/door.h"
#include "scheduler/http/pages.h"
#include "scheduler/serve_options.h"
#include "scheduler/service/scheduler_service.h"
#include "scheduler/state_directory.h"

namespace pi::scheduler {

// For the connection file.
struct PublishedDashboard {
  std::string url{};          // "http://127.0.0.1:8787/"; empty: there is no dashboard.
  std::string fingerprint{};  // The certificate's; empty: it is served by HTTP.
  net::Secret token{};        // Empty: none is asked.
};

class WebEntrance {
 public:
  // Listens on the address of the options, or if its port is taken, on the next free one, which it
  // logs.  Off this machine it is served by HTTPS.  Throws net::ListenError or net::KeyError.
  WebEntrance(net::KjLoop& loop, const ServeOptions& options, const StateDirectory& state,
              SchedulerService& service);
  KJ_DISALLOW_COPY(WebEntrance);

  PublishedDashboard published() const {
    return {.url = url_, .fingerprint = fingerprint_, .token = token_};
  }
  http::ControlSessions& control() { return door_->control(); }
  http::MetricsPage& metrics() { return pages_.metrics(); }

 private:
  net::Secret token_;
  http::Pages pages_;
  kj::Own<http::Door> door_;
  kj::Own<net::Listener> listener_;  // Its sockets go to the door.
  std::string url_;
  std::string fingerprint_;
};

}  // namespace pi::scheduler
