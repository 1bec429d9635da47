#include "scheduler/service/shutdown.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/base/quantity.h"
#include "common/net/loop/clock.h"
#include "scheduler/limits.h"

namespace pi::scheduler {

Shutdown::Shutdown(CoreRunner& runner, WorkerService& workers, Saving& saving)
    : runner_(runner),
      workers_(workers),
      saving_(saving),
      ended_(nullptr),
      timers_(ignoreFailures_) {
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<void>();
  endFulfiller_ = kj::mv(fulfiller);
  ended_ = promise.fork();
}

void Shutdown::start(StopWorkers workers) {
  bool isFirst = !std::exchange(hasStarted_, true);
  if (workers == StopWorkers::kYes) dismissWorkers();
  updatePhase();
  if (!isFirst) return;
  leftovers_.waitingWorkers = workers_.count();  // They close their connections when they are told.
  if (!waitsForWorkers_) workers_.announceRestart();
  timers_.add(runner_.timer().afterDelay(net::toKj(kStopTimeout)).then([this] { end(); }));
  runner_.handle(event::CommitWanted{});
}

void Shutdown::dismissWorkers() {
  areDismissed_ = true;
  if (workers_.count() == 0 || std::exchange(waitsForWorkers_, true)) return;
  updatePhase();  // In the phase before, a worker is told to drain because it ends too soon.
  spdlog::info("stopping {}", countText(workers_.count(), "worker"));
  runner_.handle(event::WorkersDismissed{});
  timers_.add(runner_.timer().afterDelay(net::toKj(kDismissTimeout)).then([this] {
    waitsForWorkers_ = false;
    updatePhase();
    endIfReady();
  }));
}

void Shutdown::updatePhase() {
  using Phase = WorkerService::Phase;
  if (!hasStarted_) return;
  workers_.enter(waitsForWorkers_ ? Phase::kDismissing : Phase::kStopping);
}

void Shutdown::endIfReady() {
  if (!hasStarted_ || (waitsForWorkers_ && workers_.count() > 0)) return;
  if (runner_.core().isCommitted()) end();
}

void Shutdown::end() {
  if (std::exchange(hasEnded_, true)) return;
  if (!runner_.core().isCommitted()) {
    unsaved_ = saving_.failure().value_or("the disk of the state directory does not answer");
  }
  leftovers_.unfinishedJobs = runner_.core().committedUnfinishedJobs();
  if (areDismissed_) leftovers_.waitingWorkers = 0;
  saving_.stop();
  endFulfiller_->fulfill();
}

}  // namespace pi::scheduler
