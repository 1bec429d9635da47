#include "scheduler/allocation/text/slurm_states.h"

#include <algorithm>
#include <array>

#include "common/base/printable.h"
#include "scheduler/allocation/text/worker_end.h"

namespace pi::allocation {
namespace {

using std::string_view;

struct State {
  string_view name;
  BatchState state;
  string_view clause{};  // Ended: why.  Pending or halted: what Slurm's reason may not tell.
  bool hasFailed = false;
  Halt halt = Halt::kNone;
};

using enum BatchState;

constexpr string_view kHeld = "Slurm holds it; scontrol release lets it start, scancel ends it";

constexpr std::array kStates{
    State{"BOOT_FAIL", kEnded, "its node did not boot", true},
    State{"CANCELLED", kEnded, "it was cancelled"},
    State{"COMPLETED", kEnded, "its worker left"},
    // That may take minutes.
    State{"CONFIGURING", kRunning, "Slurm switches its node on", false, Halt::kBooting},
    State{"COMPLETING", kEnding},
    State{"DEADLINE", kEnded, "its --deadline passed"},
    State{"FAILED", kEnded, "it failed", true},
    State{"NODE_FAIL", kEnded, "its node failed", true},
    State{"OUT_OF_MEMORY", kEnded, "it used more memory than it had; give it more by --mem", true},
    State{"PENDING", kPending},
    State{"PREEMPTED", kEnded, "a job of a higher priority took its node"},
    State{"RUNNING", kRunning},
    State{"REQUEUED", kPending, "Slurm puts it back into its queue"},
    State{"REQUEUE_FED", kPending, "another cluster of the federation may take it"},
    State{"REQUEUE_HOLD", kPending, kHeld},
    State{"RESIZING", kRunning},
    State{"REVOKED", kEnded, "another cluster of the federation took it"},
    State{"SIGNALING", kRunning},
    State{"SPECIAL_EXIT", kPending, kHeld},
    State{"STAGE_OUT", kEnding},
    // They keep their nodes, and work later.
    State{"STOPPED", kRunning, "Slurm has stopped it", false, Halt::kSuspended},
    State{"SUSPENDED", kRunning, "Slurm has suspended it", false, Halt::kSuspended},
    State{"TIMEOUT", kEnded, "it reached its time limit"},
};

const State* findState(string_view name) {
  const auto* found = std::ranges::find(kStates, name, &State::name);
  return found == kStates.end() ? nullptr : &*found;
}

// A remedy for a reason for which a job may wait without end: most sites have Slurm accept jobs
// that can never start.
struct Hint {
  string_view reason;  // The reason begins so.
  string_view remedy;
};

constexpr string_view kTooLong = "use a shorter --worker-time-limit";
constexpr string_view kNoNode = "no node of the partition has what --elastic asks for";
constexpr string_view kNotAllowed = "correct --account, --qos or --partition in --elastic";

constexpr std::array kHints{
    Hint{"AccountNotAllowed", kNotAllowed},
    Hint{"AssocGrp", "the limit of your account is reached"},
    Hint{"AssocMaxWall", kTooLong},
    Hint{"BadConstraints", kNoNode},
    Hint{"DependencyNeverSatisfied", "take --dependency out of --elastic"},
    Hint{"InvalidAccount", kNotAllowed},
    Hint{"InvalidQOS", kNotAllowed},
    Hint{"Job's account not", kNotAllowed},
    Hint{"Job's QOS not", kNotAllowed},
    Hint{"JobHeld", kHeld},
    Hint{"MaxCpuPerAccount", "the limit of your account is reached"},
    Hint{"PartitionConfig", kNoNode},
    Hint{"PartitionDown", "sinfo shows the partitions that are up"},
    Hint{"PartitionInactive", "sinfo shows the partitions that are up"},
    Hint{"PartitionNodeLimit", kNoNode},
    Hint{"PartitionTimeLimit", kTooLong},
    Hint{"QOSGrp", "the limit of your QOS is reached"},
    Hint{"QOSMaxWall", kTooLong},
    Hint{"QOSNotAllowed", kNotAllowed},
    Hint{"job requeued in held state", kHeld},
};

std::string whyPending(const SlurmJob& job, const State& state) {
  std::string reason = job.reason.empty() || job.reason == "None" ? "" : printable(job.reason);
  string_view remedy = state.clause;
  for (const Hint& hint : kHints) {
    if (job.reason.starts_with(hint.reason)) remedy = hint.remedy;
  }
  if (remedy.empty()) return reason;
  return reason.empty() ? std::string(remedy) : reason + ": " + std::string(remedy);
}

// The worker's exit code is that of the script.
std::string whyFailed(const SlurmJob& job) {
  if (job.exitCode != 0 || job.signal != 0) return whyWorkerFailed(job.exitCode, job.signal);
  if (job.reason.empty() || job.reason == "None" || job.reason == "NonZeroExitCode") {
    return "it failed";
  }
  return "it failed: " + printable(job.reason);
}

}  // namespace

bool isKnownState(string_view state) { return findState(state) != nullptr; }

BatchStatus statusOf(const SlurmJob& job) {
  const State* state = findState(job.state);
  BatchStatus status{.name = std::string(job.name), .id = std::string(job.id), .state = kUnknown};
  if (state == nullptr) {
    status.reason = "Slurm's state " + printable(job.state) + ", which this program does not know";
    return status;
  }
  status.state = state->state;
  status.halt = state->halt;
  if (status.halt != Halt::kNone) status.reason = state->clause;
  if (status.state == kPending) {
    status.reason = whyPending(job, *state);
    // A job that waits again still has the start that it had.
    if (job.state == "PENDING") status.estimatedStart = job.start;
  }
  if (status.state == kEnded) {
    status.hasFailed = state->hasFailed;
    status.reason = job.state == "FAILED" ? whyFailed(job) : std::string(state->clause);
  }
  return status;
}

}  // namespace pi::allocation
