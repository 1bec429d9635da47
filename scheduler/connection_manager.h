// Lets peers in, and notices when they are gone.
#pragma once

#include <kj/async.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "common/base/rate_limit.h"
#include "common/net/rpc/connection.h"
#include "scheduler/gate.h"
#include "scheduler/ignore_failures.h"
#include "scheduler/reactor.h"

namespace pi::scheduler {

class ConnectionManager {
 public:
  explicit ConnectionManager(Reactor& reactor);
  KJ_DISALLOW_COPY(ConnectionManager);

  void admit(kj::Own<net::MessageSocket> socket);

  // Ends every connection; resolves when what was said on them has left.  Let nobody in meanwhile.
  kj::Promise<void> closeAll();

 private:
  struct Visitor {
    kj::Own<Visit> visit;
    kj::Own<net::Connection> connection;  // Destroyed first: what it serves counts on the visit.
  };
  void expectEntry(Visitor& visitor);
  void leave(std::uint64_t visitor);
  void warn(const std::string& line);

  Reactor& reactor_;
  std::map<std::uint64_t, Visitor> visitors_;
  std::uint64_t visits_ = 0;
  RateLimit failureLogs_;

  IgnoreFailures ignoreFailures_;
  kj::TaskSet ends_;
};

}  // namespace pi::scheduler
