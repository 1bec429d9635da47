#include "scheduler/store/job_rows.h"

#include <algorithm>

namespace pi::scheduler {

std::string bytesOf(const Hits& hits, Sampler sampler) {
  std::string bytes;
  for (std::size_t i = 0; i < strataCount(sampler); ++i) {
    for (int shift = 0; shift < 64; shift += 8) {
      bytes += static_cast<char>(hits.strata[i] >> shift & 0xFF);
    }
  }
  return bytes;
}

Hits hitsFrom(const std::string& bytes, Sampler sampler, const sqlite::Connection& connection) {
  if (bytes.size() != 8 * strataCount(sampler)) {
    connection.failAsDamaged("it has hits of another sampler");
  }
  Hits hits;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    hits.strata[i / 8] |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << i % 8 * 8;
  }
  return hits;
}

SavedJob& jobOfRow(std::vector<SavedJob>& jobs, std::uint64_t id,
                   const sqlite::Connection& connection) {
  auto found =
      std::ranges::lower_bound(jobs, JobId{id}, {}, [](auto& job) { return job.record.id; });
  if (found == jobs.end() || found->record.id != JobId{id}) {
    connection.failAsDamaged("it has results of an unknown job");
  }
  return *found;
}

}  // namespace pi::scheduler
