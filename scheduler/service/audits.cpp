#include "scheduler/service/audits.h"

#include <utility>

#include "scheduler/limits.h"

namespace pi::scheduler {

kj::Promise<OrRefusal<JobAudit>> Audits::audit(JobId job) {
  if (waiting_.size() >= kAuditsMax) {
    return OrRefusal<JobAudit>(
        Refusal{.code = RefusalCode::kLimitReached,
                .sentence = "too many audits are under way; try again later"});
  }
  KJ_IF_MAYBE (begin, begin_) {
    auto [promise, fulfiller] = kj::newPromiseAndFulfiller<OrRefusal<JobAudit>>();
    waiting_.emplace(++last_, kj::mv(fulfiller));
    (*begin)(job, last_);
    return kj::mv(promise);
  }
  return OrRefusal<JobAudit>(
      Refusal{.code = RefusalCode::kNotAllowed,
              .sentence = "this scheduler saves no jobs, so there is nothing to audit"});
}

void Audits::done(std::uint64_t number, JobAudit audit) {
  auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  // The client that asked may be gone; then nothing takes the answer.
  found->second->fulfill(OrRefusal<JobAudit>(std::move(audit)));
  waiting_.erase(found);
}

}  // namespace pi::scheduler
