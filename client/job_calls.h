// What a client asks the scheduler about one job: short calls, each with the patience of the link.
// They throw Failure when the scheduler says no, net::ConnectError when it does not answer, and
// kj::Exception, DISCONNECTED, when it is lost.
#pragma once

#include <proto/pi.capnp.h>

#include <optional>
#include <string>

#include "common/model/job.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

// A job as one link has it; it goes before the link does.
struct OpenJob {
  JobId id{};
  wire::Job::Client job;
};

// The same request id means the same job, however often it is submitted.
std::string newRequestId();
OpenJob submit(net::ClientLink& link, const JobSpec& spec, const std::string& requestId);

// Nothing if the scheduler knows no such job; id 0 is the job submitted last.
std::optional<OpenJob> find(net::ClientLink& link, JobId id);
// The same, a job that is not known being a Failure.
OpenJob open(net::ClientLink& link, JobId id);

JobInfo infoOf(net::ClientLink& link, wire::Job::Client job);

// Cancels a job; its last state.  All is on its way before the first answer is waited for, so that
// a scheduler that is only slow hears of it.
JobInfo cancel(net::ClientLink& link, JobId id);
// The same for a job whose submission was perhaps not answered yet.
JobInfo cancelSubmission(net::ClientLink& link, const JobSpec& spec, const std::string& requestId);

}  // namespace pi::client
