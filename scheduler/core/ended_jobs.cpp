#include "scheduler/core/ended_jobs.h"

#include "common/base/check.h"

namespace pi::scheduler {

void EndedJobs::add(JobId job, Instant endedAt, const std::string& submitter) {
  End end{.at = endedAt, .job = job};
  PI_CHECK(all_.insert(end).second);
  Ends& own = bySubmitter_[submitter];
  if (!own.empty()) ranking_.erase(rankOf(own));
  own.insert(end);
  ranking_.insert(rankOf(own));
}

void EndedJobs::remove(JobId job, Instant endedAt, const std::string& submitter) {
  End end{.at = endedAt, .job = job};
  PI_CHECK(all_.erase(end) == 1);
  auto found = bySubmitter_.find(submitter);
  PI_CHECK(found != bySubmitter_.end());
  Ends& own = found->second;
  ranking_.erase(rankOf(own));
  PI_CHECK(own.erase(end) == 1);
  if (own.empty()) {
    bySubmitter_.erase(found);
  } else {
    ranking_.insert(rankOf(own));
  }
}

void EndedJobs::checkInvariants() const {
  std::size_t sum = 0;
  for (const auto& [submitter, own] : bySubmitter_) {
    PI_CHECK(!own.empty());
    PI_CHECK(ranking_.contains(rankOf(own)));
    for (const End& end : own) PI_CHECK(all_.contains(end));
    sum += own.size();
  }
  PI_CHECK(sum == all_.size());
  PI_CHECK(ranking_.size() == bySubmitter_.size());
}

}  // namespace pi::scheduler
