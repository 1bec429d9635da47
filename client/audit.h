// The audit of a job, from the scheduler.
#pragma once

#include <proto/pi.capnp.h>

#include "common/model/job_audit.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

// Throws kj::Exception with a sentence if the job is not over.
JobAudit auditOf(net::ClientLink& link, wire::Job::Client job);

}  // namespace pi::client
