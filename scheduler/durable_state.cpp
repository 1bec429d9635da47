#include "scheduler/durable_state.h"

#include <asio/post.hpp>

#include "scheduler/state_files.h"

namespace pi::scheduler {

DurableState::DurableState(std::unique_ptr<StateDirectory> directory, SaveJobs saveJobs)
    : directory_(std::move(directory)) {
  if (saveJobs == SaveJobs::kNo) return;
  database_ = std::make_unique<Database>(directory_->path() / kJobsFile);
  inheritance_.saved = database_->load(readClocks());
  inheritance_.secret = database_->secret();
}

// Changes go to the store's thread, and its reports come back to the loop's thread.
void DurableState::startSaving(net::KjLoop& loop, Saving& saving) {
  if (database_ == nullptr) return;
  auto report = [&loop, &saving](const CommitOutcome& outcome) {
    asio::post(loop.io(), [&saving, failure = outcome.failure] {
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
}

void DurableState::abandon() {
  static_cast<void>(committer_.release());
  static_cast<void>(database_.release());
  static_cast<void>(directory_.release());
}

}  // namespace pi::scheduler
