// Waits for a job over one connection and shows its progress on stderr.
#pragma once

#include <proto/pi.capnp.h>

#include "client/interruption.h"
#include "client/progress.h"
#include "client/reconnecting_link.h"
#include "common/model/job.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

struct FollowResult {
  Outcome outcome = Outcome::kDone;
  JobInfo job;  // Only if the outcome is kDone.
};

struct FollowOptions {
  Interruption& interruption;
  Progress* progress = nullptr;  // Null: no progress is shown.
  Duration silenceMax{};         // The scheduler counts as lost after this time without an answer.
};

// Waits until the job is over, the link's deadline has passed, or an interrupt.  Throws
// kj::Exception if the connection is lost.
FollowResult follow(const net::ClientLink& link, wire::Job::Client job,
                    const FollowOptions& options);

}  // namespace pi::client
