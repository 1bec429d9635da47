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
    tasks_.add(kj::evalLater([this] { saved({}); }));
  }
}

void Saving::saved(const std::string& failure) {
  if (failure.empty()) {
    if (!failure_.empty()) {
      spdlog::warn("jobs are saved again");
      expectSuccess();
    }
    runner_.handle(event::Committed{});
    return;
  }
  failure_ = failure;
  failed_->fulfill(kj::cp(failure));
  spdlog::error(
      "{}; computing continues, but until this succeeds no job is accepted, and none is reported "
      "as finished",
      failure);
  runner_.handle(event::CommitFailed{failure});
}

void Saving::stop() {
  save_ = kj::Function<void(Changes)>([](const Changes&) {});
}

void Saving::expectSuccess() {
  failure_.clear();
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<std::string>();
  failed_ = kj::mv(fulfiller);
  failing_ = promise.fork();
}

}  // namespace pi::scheduler
