// A job that a client submits or waits for, the same one however often the scheduler is lost
// meanwhile.
#pragma once

#include <optional>
#include <string>

#include "client/follow.h"
#include "client/job_calls.h"
#include "client/lasting_link.h"
#include "common/model/job.h"

namespace pi::client {

class LastingJob {
 public:
  // To be submitted, once, with the first call.
  LastingJob(LastingLink& link, const JobSpec& spec);
  // Submitted before; id 0 is the job submitted last.
  LastingJob(LastingLink& link, JobId id);

  // Its id, from the scheduler.
  JobId submit();

  // Until it is over, or whatever else ends the waiting.
  Followed follow(const Following& following);

  // Nobody waits for it any more, which is said of with `code` and why: its last state.  Throws
  // Failure with that code if the scheduler cannot be told.
  JobInfo cancel(ExitCode code, const std::string& why);

  std::string name() const;  // For sentences.

 private:
  OpenJob openOn(net::ClientLink& link);
  OpenJob reopenOn(net::ClientLink& link) const;
  void tellStake();

  LastingLink& link_;
  const std::string requestId_;
  std::optional<JobId> id_;      // None: the scheduler has not said it yet.
  std::optional<JobSpec> spec_;  // None: not known yet.
};

}  // namespace pi::client
