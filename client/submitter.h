// The submitter of a job, as the list of jobs shows it.
#pragma once

#include <string>

#include "common/model/job.h"

namespace pi::client {

// The spec with "user@host" of this process as its submitter.
JobSpec submittedByUser(JobSpec spec);

// "user@host"; printable, and not longer than a submitter may be.
std::string userAtHost();

}  // namespace pi::client
