// Waits for a job, with its progress on stderr.
#pragma once

#include <kj/async.h>
#include <proto/pi.capnp.h>

#include "common/base/job.h"
#include "common/net/client_link.h"
#include "common/net/kj_loop.h"
#include "common/net/signals.h"

namespace pi::client {

// SIGINT and SIGTERM, which from now on end the following and not the program.
class Interruption {
 public:
  explicit Interruption(net::KjLoop& loop);
  KJ_DISALLOW_COPY(Interruption);

  // Resolves at the signal, even at one that came before.  To be called once.
  kj::Promise<void> take() { return kj::mv(pair_.promise); }

 private:
  kj::PromiseFulfillerPair<void> pair_;
  net::Signals signals_;
};

enum class Ending { kOver, kTimedOut, kInterrupted };

struct Followed {
  Ending ending = Ending::kOver;
  JobInfo job;  // Only if it is over.
};

// Until the job is over, the link's deadline has come, or the interruption.
Followed follow(const net::ClientLink& link, wire::Job::Client job, Interruption& interruption,
                bool showsProgress);

}  // namespace pi::client
