// Requests to a batch system, and its answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace pi::allocation {

enum class BatchState : std::uint8_t {
  kPending,
  kRunning,
  kEnding,  // Its worker ends, and the node is not free yet.
  kEnded,
  kUnknown,  // The batch system has it, and nothing more is concluded.
};

// Why an allocation that has its node cannot work now.
enum class Halt : std::uint8_t {
  kNone,
  kBooting,    // Its node is switched on: no worker has come.
  kSuspended,  // The batch system has stopped its worker for a while.
};

// A batch system's report about one allocation.
struct BatchStatus {
  std::string name{};  // As in the request.
  std::string id{};    // The batch system's own: "4711".
  BatchState state{};
  // Pending or halted: why it waits, in the batch system's words.  Ended: why, as a clause, or
  // "unknown".
  std::string reason{};
  Halt halt = Halt::kNone;  // Running only.
  // It ended by itself, and not as planned: not cancelled, at its time limit, or preempted.
  bool hasFailed = false;
  std::optional<WallTime> estimatedStart{};  // Pending only.
  bool operator==(const BatchStatus&) const = default;
};

// An allocation to submit: one worker on one node, which runs once (no requeue) and gets its name
// as PI_ALLOCATION in its environment.
struct AllocationRequest {
  // Unique among all allocations of all schedulers of the user.  Letters, digits and "-".
  std::string name{};
  std::vector<std::string> arguments{};  // Those of its queue.
  Duration timeLimit{};                  // The batch system ends it after so long.
};

// Why a batch system did not do what it was asked for, in one sentence.
struct BatchFailure {
  enum class Kind : std::uint8_t {
    kRefused,      // It said no: the request is wrong, or its command is missing.  Nothing is done.
    kUnreachable,  // It cannot be asked now.  Nothing is done; asking again later may help.
    kUnclear,      // It did not answer in time, or not clearly: it may be done.
  };
  std::string sentence{};
  Kind kind = Kind::kRefused;
  bool operator==(const BatchFailure&) const = default;
};

}  // namespace pi::allocation
