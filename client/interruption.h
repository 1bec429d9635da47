// Ctrl-C and its like, as something to wait for.
#pragma once

#include <kj/async.h>

#include "common/net/loop/kj_loop.h"
#include "common/net/loop/signals.h"

namespace pi::client {

// SIGINT and SIGTERM, which from now on end the waiting and not the program.
class Interruption {
 public:
  explicit Interruption(net::KjLoop& loop);
  KJ_DISALLOW_COPY(Interruption);

  // Resolves at the signal, even at one that came before.
  kj::Promise<void> come() { return come_.addBranch(); }

 private:
  kj::PromiseFulfillerPair<void> pair_;
  kj::ForkedPromise<void> come_;
  net::Signals signals_;
};

}  // namespace pi::client
