// The states of jobs in Slurm, and what they mean for an allocation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scheduler/allocation/core/batch_system.h"

namespace pi::allocation {

// A job as Slurm's programs describe it.
struct SlurmJob {
  std::string_view id{};
  std::string_view name{};
  std::string_view state{};   // "PENDING"
  std::string_view reason{};  // "Priority", or a sentence; "None": there is none.
  std::optional<WallTime> start{};
  int exitCode = 0;  // That of its script; 0 with a signal.
  int signal = 0;
};

// Whether this program knows the state.  Later versions of Slurm may have others.
bool isKnownState(std::string_view state);

// A state that is not known becomes kUnknown, with a reason that says so: nothing is concluded from
// it, and Slurm is asked again.
BatchStatus statusOf(const SlurmJob& job);

}  // namespace pi::allocation
