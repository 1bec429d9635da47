#include "scheduler/core/extension.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/quantity.h"
#include "scheduler/core/limits.h"

namespace pi::scheduler {
namespace {

std::string nameOf(const Job& job) { return "job " + std::to_string(number(job.id)); }

bool wasCarriedOut(const Job& job, const std::string& requestId) {
  return !requestId.empty() && std::ranges::find(job.extensions, requestId,
                                                 &Extension::requestId) != job.extensions.end();
}

// Why the job cannot have `samples` samples; nullopt if it can.
std::optional<std::string> whyNot(const Job& job, std::uint64_t samples) {
  std::uint64_t present = job.ledger.samples();
  if (samples < present) {
    return nameOf(job) + " has " + countText(present, "sample") +
           " already, and a job does not shrink; give a larger number, or submit a new job";
  }
  if (job.streamVersion != kStreamVersion) {
    return nameOf(job) + " has samples of stream version " + std::to_string(job.streamVersion) +
           ", and this program computes version " + std::to_string(kStreamVersion) +
           "; submit a new job";
  }
  if (job.extensions.size() >= kExtensionsMax) {
    return nameOf(job) + " cannot be extended once more (limit: " + std::to_string(kExtensionsMax) +
           " extensions); submit a new job";
  }
  return std::nullopt;
}

}  // namespace

ExtensionVerdict judge(const Job& job, const event::JobExtended& asked) {
  if (wasCarriedOut(job, asked.requestId)) return {.step = ExtensionStep::kAccept};
  bool isFailed = job.state == JobState::kCancelled || job.state == JobState::kFailed;
  if (isFailed && job.isAnnounced) {
    return {.step = ExtensionStep::kRefuse,
            .sentence = nameOf(job) + " is " + std::string(name(job.state)) +
                        ", and only a finished job can be extended; submit a new job"};
  }
  if (job.pending) {
    bool isSame = !asked.requestId.empty() && asked.requestId == job.pending->requestId;
    if (isSame || asked.samples == job.pending->samples) return {.step = ExtensionStep::kWait};
    return {.step = ExtensionStep::kRefuse,
            .sentence = nameOf(job) + " is being extended to " +
                        countText(job.pending->samples, "sample") +
                        "; wait for its end, then extend it"};
  }
  if (asked.samples == job.ledger.samples()) return {.step = ExtensionStep::kAccept};
  if (!job.isAnnounced) {
    return {.step = ExtensionStep::kRefuse,
            .sentence = nameOf(job) + " is not finished; wait for its end, then extend it"};
  }
  if (std::optional<std::string> reason = whyNot(job, asked.samples)) {
    return {.step = ExtensionStep::kRefuse, .sentence = std::move(*reason)};
  }
  return {.step = ExtensionStep::kBegin};
}

}  // namespace pi::scheduler
