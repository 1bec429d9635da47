#include "scheduler/durable_state.h"

#include <asio/post.hpp>
#include <filesystem>
#include <system_error>

#include "common/net/secrets/digest.h"
#include "common/net/secrets/random.h"
#include "scheduler/state_files.h"
#include "scheduler/store/settings.h"

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

// "pi-5f3a9c01": the same for all schedulers of a state directory, and another one elsewhere.  The
// secret cannot be found from it.
std::string prefixOf(const std::string& secret) {
  constexpr std::size_t kDigits = 8;
  return "pi-" + net::sha256("the names of allocations " + secret).substr(0, kDigits);
}

}  // namespace

DurableState::DurableState(std::unique_ptr<StateDirectory> directory, SaveJobs saveJobs)
    : directory_(std::move(directory)) {
  if (saveJobs == SaveJobs::kNo) {
    allocations_.prefix = prefixOf(net::randomBytes(kStoreSecretBytes));
    return;
  }
  database_ = std::make_unique<Database>(directory_->path() / kJobsFile);
  inheritance_.saved = database_->load(readClocks());
  inheritance_.secret = database_->secret();
  allocations_ = {.prefix = prefixOf(inheritance_.secret),
                  .epoch = inheritance_.saved.epoch,
                  .saved = database_->loadAllocations()};
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

void DurableState::save(net::KjLoop& loop, allocation::Changes changes, AllocationsSaved saved) {
  if (committer_ == nullptr) {  // Nothing is saved, so nothing is waited for.
    asio::post(loop.io(), [saved = std::move(saved)] { saved(std::nullopt); });
    return;
  }
  committer_->commitAllocations(
      std::move(changes), readClocks(),
      [&loop, saved = std::move(saved)](const CommitOutcome& outcome) {
        asio::post(loop.io(), [saved, failure = outcome.failure] { saved(failure); });
      });
}

void DurableState::abandon() {
  static_cast<void>(committer_.release());
  static_cast<void>(database_.release());
  static_cast<void>(directory_.release());
}

}  // namespace pi::scheduler
