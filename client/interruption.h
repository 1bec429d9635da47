// Ctrl-C as a promise.
#pragma once

#include <kj/async.h>

#include "common/net/loop/kj_loop.h"
#include "common/net/loop/signals.h"

namespace pi::client {

// While this object exists, SIGINT and SIGTERM resolve its promise instead of ending the process.
class Interruption {
 public:
  explicit Interruption(net::KjLoop& loop);
  KJ_DISALLOW_COPY(Interruption);

  // Resolves at the first signal, at once if it has already come.
  kj::Promise<void> whenSignalled() { return signalled_.addBranch(); }

 private:
  kj::PromiseFulfillerPair<void> pair_;
  kj::ForkedPromise<void> signalled_;
  net::Signals signals_;
};

}  // namespace pi::client
