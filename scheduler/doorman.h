// Lets peers in, and notices when they are gone.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <map>

#include "common/net/connection.h"
#include "common/net/rate_limit.h"
#include "scheduler/gate.h"
#include "scheduler/reactor.h"

namespace pi::scheduler {

class Doorman {
 public:
  explicit Doorman(Reactor& reactor);
  KJ_DISALLOW_COPY(Doorman);

  void admit(kj::Own<net::MessageSocket> socket);

  // Ends every connection; resolves when what was said on them has left.  Let nobody in meanwhile.
  kj::Promise<void> closeAll();

 private:
  struct Visitor {
    kj::Own<Visit> visit;
    kj::Own<net::Connection> connection;
  };
  void leave(std::uint64_t visitor);

  Reactor& reactor_;
  std::map<std::uint64_t, Visitor> visitors_;
  std::uint64_t visits_ = 0;
  net::RateLimit failureLogs_;

  class IgnoreFailures final : public kj::TaskSet::ErrorHandler {
    void taskFailed(kj::Exception&&) override {}
  };
  IgnoreFailures ignoreFailures_;
  kj::TaskSet ends_;
};

}  // namespace pi::scheduler
