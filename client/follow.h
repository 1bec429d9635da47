// Waits for a job, with its progress on stderr.
#pragma once

#include <proto/pi.capnp.h>

#include "common/base/clock.h"
#include "common/base/job.h"
#include "common/net/kj_loop.h"

namespace pi::client {

struct FollowOptions {
  bool progress = true;
  Duration timeout{};  // Zero: none.
};

enum class Ending { kOver, kTimedOut, kInterrupted };

struct Followed {
  Ending ending = Ending::kOver;
  JobInfo job;  // Only if it is over.
};

// Until the job is over, the time is up, or SIGINT or SIGTERM comes.
Followed follow(net::KjLoop& loop, wire::Job::Client job, const FollowOptions& options);

// Cancels the job; its last state.
JobInfo cancel(net::KjLoop& loop, wire::Job::Client job);

}  // namespace pi::client
