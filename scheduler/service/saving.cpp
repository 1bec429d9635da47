#include "scheduler/service/saving.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/net/loop/clock.h"

namespace pi::scheduler {

namespace {

using namespace std::chrono_literals;

std::vector<Duration> commitBounds() {
  return {300us, 1ms, 3ms, 10ms, 30ms, 100ms, 300ms, 1s, 3s, 10s};
}

}  // namespace

Saving::Saving(CoreRunner& runner)
    : runner_(runner), commitTimes_(commitBounds()), failing_(nullptr), tasks_(ignoreFailures_) {
  expectSuccess();
}

void Saving::perform(action::Commit& commit) {
  begunAt_ = net::now();
  KJ_IF_MAYBE (save, save_) {
    (*save)(std::move(commit.changes));
  } else {
    tasks_.add(kj::evalLater([this] { saved(); }));
  }
}

bool Saving::isLate(Instant now) const {
  constexpr Duration kUsualMax = 1s;
  return failure_.has_value() || (begunAt_ && now - *begunAt_ > kUsualMax);
}

void Saving::saved() {
  if (failure_) {
    spdlog::warn("jobs are saved again");
    expectSuccess();
  }
  if (begunAt_) commitTimes_.add(net::now() - *begunAt_);
  begunAt_.reset();
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
