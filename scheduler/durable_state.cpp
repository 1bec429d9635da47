#include "scheduler/durable_state.h"

#include <asio/post.hpp>
#include <filesystem>
#include <system_error>

#include "scheduler/state_files.h"

namespace pi::scheduler {

namespace {

namespace fs = std::filesystem;

std::uint64_t sizeOfStore(const fs::path& jobs) {
  std::uint64_t sum = 0;
  for (const fs::path& file : {jobs, fs::path(jobs.string() + "-wal")}) {
    std::error_code error;
    std::uint64_t size = fs::file_size(file, error);
    if (!error) sum += size;
  }
  return sum;
}

}  // namespace

DurableState::DurableState(std::unique_ptr<StateDirectory> directory, SaveJobs saveJobs)
    : directory_(std::move(directory)) {
  if (saveJobs == SaveJobs::kNo) return;
  database_ = std::make_unique<Database>(directory_->path() / kJobsFile);
  inheritance_.saved = database_->load(readClocks());
  inheritance_.secret = database_->secret();
  *storeBytes_ = sizeOfStore(directory_->path() / kJobsFile);
}

// Changes go to the store's thread, and its reports come back to the loop's thread.  The store's
// thread looks at the file, because a disk may hang.
void DurableState::startSaving(net::KjLoop& loop, Saving& saving, Audits& audits) {
  if (database_ == nullptr) return;
  auto report = [&loop, &saving, storeBytes = storeBytes_,
                 jobs = directory_->path() / kJobsFile](const CommitOutcome& outcome) {
    std::uint64_t bytes = sizeOfStore(jobs);
    asio::post(loop.io(), [storeBytes, bytes, &saving, failure = outcome.failure] {
      *storeBytes = bytes;
      if (failure) {
        saving.notSaved(*failure);
      } else {
        saving.saved();
      }
    });
  };
  committer_ = std::make_unique<Committer>(*database_, report);
  saving.saveTo([&committer = *committer_](Changes changes) {
    committer.commit(std::move(changes), readClocks());
  });
  audits.setStore([&committer = *committer_, &loop, &audits](JobId job, std::uint64_t request) {
    committer.audit(job, [&loop, &audits, request](JobAudit audit) {
      asio::post(loop.io(), [&audits, request, audit = std::move(audit)]() mutable {
        audits.done(request, std::move(audit));
      });
    });
  });
}

void DurableState::abandon() {
  static_cast<void>(committer_.release());
  static_cast<void>(database_.release());
  static_cast<void>(directory_.release());
}

}  // namespace pi::scheduler
