#include "worker/core/end_signals.h"

#include <csignal>

namespace pi::worker {
namespace {

// A drain takes less time than this.  When Slurm preempts a job that it will requeue, it sends
// SIGTERM twice within some milliseconds.
constexpr Duration kSameRequest = std::chrono::seconds(1);

}  // namespace

EndSignals::Meaning EndSignals::on(int number, Instant now) {
  Instant first = first_.try_emplace(number, now).first->second;
  // The kernel repeats SIGXCPU, the limit on CPU time, each second.
  bool isRepeated = number != SIGXCPU && now - first > kSameRequest;
  return isRepeated ? Meaning::kLeaveNow : Meaning::kDrain;
}

}  // namespace pi::worker
