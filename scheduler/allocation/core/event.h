// Everything that can happen to the provisioner.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "scheduler/allocation/core/batch_system.h"
#include "scheduler/allocation/core/demand.h"

namespace pi::allocation {

namespace event {

// The state of the scheduler.  It comes once a second, and at once when workers come or go or jobs
// are submitted: deadlines are looked at with it.
struct Observed {
  Demand demand{};
  std::vector<SeenWorker> workers{};
};

// The answers to action::List.
struct Listed {
  std::string system{};
  std::vector<BatchStatus> statuses{};
  WallTime calendar{};  // Now, by the calendar of the estimated starts.
};
struct ListFailed {
  std::string system{};
  BatchFailure failure{};
};

// The answers to action::Submit.
struct Submitted {
  std::string name{};
  std::string id{};
};
struct SubmitFailed {
  std::string name{};
  BatchFailure failure{};
};

// The batch system does not take the order of action::Cancel.  It is given again later.
struct CancelFailed {
  std::string system{};
  std::vector<std::string> ids{};
  BatchFailure failure{};
};

// The answer to action::AskCause; null if the batch system does not know it any more.
struct CauseFound {
  std::string name{};
  std::optional<BatchStatus> status{};
};

// The changes of action::Commit are on disk.
struct Committed {};

// The owner's orders; the queue is one of the provisioner's.
struct QueuePaused {
  std::size_t queue{};
  std::string reason{};
};
struct QueueResumed {
  std::size_t queue{};
};

// The scheduler ends: what is pending is given back.
struct Stopping {};

}  // namespace event

using Event =
    std::variant<event::Observed, event::Listed, event::ListFailed, event::Submitted,
                 event::SubmitFailed, event::CancelFailed, event::CauseFound, event::Committed,
                 event::QueuePaused, event::QueueResumed, event::Stopping>;

}  // namespace pi::allocation
