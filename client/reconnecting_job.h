// A job that a client submits, extends or waits for.  It stays the same job when the connection is
// lost and made again: the client finds it by its uid.
#pragma once

#include <kj/function.h>

#include <optional>
#include <string>

#include "client/follow.h"
#include "client/job_calls.h"
#include "client/reconnecting_link.h"
#include "common/model/job.h"

namespace pi::client {

class ReconnectingJob {
 public:
  // A new job.  The first call submits it.
  ReconnectingJob(ReconnectingLink& link, const JobSpec& spec);
  // A finished job that is to grow.  The first call extends it.
  ReconnectingJob(ReconnectingLink& link, const JobExtension& extension);
  // A job that was submitted before; the key has its number and its uid.
  ReconnectingJob(ReconnectingLink& link, const JobKey& key);

  // Calls `announce` once, as soon as the scheduler has answered the submission.
  void whenSubmitted(kj::Function<void(JobId)> announce) { announce_ = kj::mv(announce); }

  // Returns the id that the scheduler gave it.
  JobId submit();

  // Waits until the job is over, a timeout or an interrupt.
  struct Wait {
    Interruption& interruption;
    bool showsProgress = false;  // On stderr.
  };
  FollowResult follow(const Wait& wait);

  // Cancels the job and returns its last state.  `reason` is why the client stops waiting.  Throws
  // Failure with `code` if the scheduler does not confirm the cancellation.
  JobInfo cancel(ExitCode code, const std::string& reason);

  // All zero until the scheduler has answered the submission.
  const JobUid& uid() const { return uid_; }

  std::string name() const;  // "job 7", for messages.

 private:
  OpenJob openOn(net::ClientLink& link);
  void updateLossAdvice();

  ReconnectingLink& link_;
  const std::optional<JobSpec> spec_;      // Nullopt: the job was submitted before.
  std::optional<JobExtension> extension_;  // Nullopt once the scheduler has answered it.
  const std::string requestId_;
  std::optional<JobId> id_;  // Nullopt until the scheduler has answered the submission.
  JobUid uid_{};             // All zero until the scheduler has said it.
  kj::Maybe<kj::Function<void(JobId)>> announce_ = nullptr;  // Null after its call.
};

}  // namespace pi::client
