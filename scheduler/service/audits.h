// Audits of jobs: passes requests to the store, and its answers to those who asked.
#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <cstdint>
#include <map>

#include "common/model/job_audit.h"
#include "common/model/refusal.h"

namespace pi::scheduler {

class Audits {
 public:
  Audits() = default;
  KJ_DISALLOW_COPY(Audits);

  // Sets the store.  It answers each request by calling done() with its number, on the loop's
  // thread.
  using Begin = kj::Function<void(JobId job, std::uint64_t number)>;
  void setStore(Begin begin) { begin_ = kj::mv(begin); }

  // The job is over.  Resolves when the store has read all its rows; refused without a store, and
  // if kAuditsMax are under way.
  kj::Promise<OrRefusal<JobAudit>> audit(JobId job);

  void done(std::uint64_t number, JobAudit audit);

 private:
  kj::Maybe<Begin> begin_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, kj::Own<kj::PromiseFulfiller<OrRefusal<JobAudit>>>> waiting_;
};

}  // namespace pi::scheduler
