// Waits for a job over one link, with its progress on stderr.
#pragma once

#include <proto/pi.capnp.h>

#include "client/interruption.h"
#include "client/lasting_link.h"
#include "client/progress.h"
#include "common/model/job.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

struct Followed {
  Ending ending = Ending::kOver;
  JobInfo job;  // Only if it is over.
};

struct Following {
  Interruption& interruption;
  Progress* progress = nullptr;  // Null: none is shown.
  Duration silenceMax{};         // A scheduler that does not answer for so long is lost.
};

// Until the job is over, the link's deadline has come, or the interruption.  Throws kj::Exception,
// DISCONNECTED, when the scheduler is lost.
Followed follow(const net::ClientLink& link, wire::Job::Client job, const Following& following);

}  // namespace pi::client
