// Stops the service in order: workers are told, everything is committed, or a timeout is over.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <optional>
#include <string>

#include "scheduler/service/core_runner.h"
#include "scheduler/service/ignore_failures.h"
#include "scheduler/service/saving.h"
#include "scheduler/service/worker_service.h"

namespace pi::scheduler {

// The jobs and workers that the end of a scheduler leaves to the next one.
struct Leftovers {
  std::uint64_t unfinishedJobs = 0;
  std::uint64_t waitingWorkers = 0;
};

// Whether a scheduler that stops tells its workers to end, too.
enum class StopWorkers { kNo, kYes };

class Shutdown {
 public:
  Shutdown(CoreRunner& runner, WorkerService& workers, Saving& saving);
  KJ_DISALLOW_COPY(Shutdown);

  // Takes at most kStopTimeout.  A second call may still ask for the workers' end.
  void start(StopWorkers workers);
  bool hasStarted() const { return hasStarted_; }

  // Ends the service once the workers have left and everything is committed.  To be called after
  // each event.
  void endIfReady();

  // Resolves at the end; after that nothing is saved.
  kj::Promise<void> untilEnd() { return ended_.addBranch(); }

  // After the end.
  const Leftovers& leftovers() const { return leftovers_; }

  // After the end: why not everything is saved, in one sentence; nullopt if everything is.
  const std::optional<std::string>& unsaved() const { return unsaved_; }

 private:
  void dismissWorkers();
  void end();
  void updatePhase();

  CoreRunner& runner_;
  WorkerService& workers_;
  Saving& saving_;
  bool hasStarted_ = false;
  bool areDismissed_ = false;  // The workers were told to end, too.
  bool waitsForWorkers_ = false;
  bool hasEnded_ = false;
  Leftovers leftovers_;
  std::optional<std::string> unsaved_;
  kj::Own<kj::PromiseFulfiller<void>> endFulfiller_;
  kj::ForkedPromise<void> ended_;

  // Last, so that no timer outlives what it uses.
  IgnoreFailures ignoreFailures_;
  kj::TaskSet timers_;
};

}  // namespace pi::scheduler
