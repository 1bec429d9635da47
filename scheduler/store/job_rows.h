// The columns that several tables have: hits, and the number of a job.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/model/sampler.h"
#include "common/model/tally.h"
#include "scheduler/core/changes.h"
#include "scheduler/store/sqlite.h"

namespace pi::scheduler {

// Hits as bytes: eight for each stratum of the sampler, the lowest byte first.
std::string bytesOf(const Hits& hits, Sampler sampler);
// Fails as damaged if there are not eight bytes for each stratum of the sampler.
Hits hitsFrom(const std::string& bytes, Sampler sampler, const sqlite::Connection& connection);

// The job with this number.  `jobs` are in the order of their numbers.  Fails as damaged if it is
// not one of them.
SavedJob& jobOfRow(std::vector<SavedJob>& jobs, std::uint64_t id,
                   const sqlite::Connection& connection);

}  // namespace pi::scheduler
