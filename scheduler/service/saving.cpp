#include "scheduler/service/saving.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace pi::scheduler {

Saving::Saving(CoreRunner& runner) : runner_(runner), failing_(nullptr), tasks_(ignoreFailures_) {
  expectSuccess();
}

void Saving::perform(action::Commit& commit) {
  KJ_IF_MAYBE (save, save_) {
    (*save)(std::move(commit.changes));
  } else {
    tasks_.add(kj::evalLater([this] { saved(); }));
  }
}

void Saving::saved() {
  if (failure_) {
    spdlog::warn("jobs are saved again");
    expectSuccess();
  }
  runner_.handle(event::Committed{});
}

void Saving::notSaved(const std::string& reason) {
  failure_ = reason;
  failed_->fulfill(kj::cp(reason));
  spdlog::error(
      "{}; computing continues, but until this succeeds no job is accepted, and none is reported "
      "as finished",
      reason);
  runner_.handle(event::CommitFailed{reason});
}

void Saving::stop() {
  save_ = kj::Function<void(Changes)>([](const Changes&) {});
}

void Saving::expectSuccess() {
  failure_.reset();
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<std::string>();
  failed_ = kj::mv(fulfiller);
  failing_ = promise.fork();
}

}  // namespace pi::scheduler
