// The folder with the logs of the workers that a scheduler has started.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "scheduler/allocation/core/batch_system.h"
#include "scheduler/allocation/text/slurm_command.h"

namespace pi::allocation {

class WorkerLogs {
 public:
  explicit WorkerLogs(WorkerStart start) : start_(std::move(start)) {}

  // Makes the folder, for its owner alone, and removes the oldest logs beyond kWorkerLogsKept.
  // Returns why there is no such folder.
  std::optional<BatchFailure> prepare();

  // For an allocation that failed and has a log: adds where that is.
  void point(BatchStatus& status) const;

 private:
  void removeOld() const;

  WorkerStart start_;
  unsigned prepared_ = 0;
};

}  // namespace pi::allocation
