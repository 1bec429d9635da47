#include "scheduler/store/validate.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/printable.h"
#include "common/model/limits.h"
#include "common/model/target.h"
#include "scheduler/core/limits.h"
#include "scheduler/store/settings.h"

namespace pi::scheduler {
namespace {

bool isValid(const JobSpec& spec) {
  return spec.samples > 0 && spec.samples < kSamplesEnd && isKnown(spec.stream.sampler) &&
         isPossibleTarget(spec.targetError) && spec.chunkSize > 0 &&
         spec.chunkSize <= firstPrefix(spec) && spec.threadsMax <= kJobThreadsMax;
}

// Text that a client may send.
bool isValid(const std::string& text, std::size_t bytesMax) {
  return text.size() <= bytesMax && printable(text) == text;
}

// Later points have room for their numbers.
constexpr std::uint32_t kPointNumberMax = std::numeric_limits<std::uint32_t>::max() / 2;

bool isValidAge(Duration age) { return age >= Duration{} && age <= kAgeMax; }

// Why a job's fragments are wrong by themselves.
std::optional<std::string> validate(const JobSpec& spec, const std::vector<Fragment>& fragments) {
  std::uint64_t end = 0;
  for (const Fragment& fragment : fragments) {
    SampleRange range = fragment.tally.range;
    if (range.begin < end || range.end <= range.begin || range.end >= kSamplesEnd) {
      return "has fragments that overlap or lie outside the job";
    }
    if (!isPossible(fragment.tally, spec.stream.sampler)) return "has more hits than samples";
    end = range.end;
  }
  return std::nullopt;
}

// Why the points of a job's convergence are wrong.  They need not agree with the fragments: the
// scheduler marks where they do not.
std::optional<std::string> validate(const std::vector<ConvergencePoint>& points) {
  const ConvergencePoint* before = nullptr;
  for (const ConvergencePoint& point : points) {
    bool isPossible = point.number > 0 && point.number < kPointNumberMax && point.samples > 0 &&
                      point.samples < kSamplesEnd && isValidAge(point.elapsed);
    for (std::uint64_t hits : point.hits.strata) isPossible &= hits <= point.samples;
    if (!isPossible || point.hits.total() > point.samples) {
      return "has an impossible point of its convergence";
    }
    bool isNext =
        before == nullptr || (point.number > before->number && point.elapsed >= before->elapsed &&
                              (point.samples > before->samples || point.isCorrected));
    if (!isNext) return "has points of its convergence that are out of order";
    before = &point;
  }
  return std::nullopt;
}

// The end of the last fragment.
std::uint64_t endOf(const SavedJob& job) {
  return job.fragments.empty() ? 0 : job.fragments.back().tally.range.end;
}

// The progress of a job, as it will be in the scheduler.
Progress progressOf(const SavedJob& job, Goal goal) {
  const JobSpec& spec = job.record.spec;
  std::uint64_t samples = std::max(samplesAtFirst(goal, spec), endOf(job));
  Progress progress(spec.stream, samples, spec.chunkSize);
  for (const Fragment& fragment : job.fragments) progress.add(fragment.tally);
  return progress;
}

// Each extension has more samples than the one before, and the job has more than the last.
bool areValid(const std::vector<Extension>& extensions, std::uint64_t samples) {
  std::uint64_t last = 0;
  for (const Extension& extension : extensions) {
    if (extension.from <= last) return false;
    last = extension.from;
  }
  return last < samples && extensions.size() <= kExtensionsMax;
}

std::optional<std::string> validate(const SavedJob& job, Goal goal) {
  const JobRecord& record = job.record;
  if (record.uid == JobUid{}) return "has no uid";
  if (record.streamVersion == 0) return "has no stream version";
  if (!isValid(record.spec)) return "has an impossible size or sampler";
  if (!areValid(record.extensions, record.spec.samples)) return "has impossible extensions";
  if (record.state > JobState::kFailed) return "has an unknown state";
  if (!isValid(record.spec.submitter, kSubmitterBytesMax) ||
      !isValid(record.spec.name, kJobNameBytesMax)) {
    return "has a submitter or a name that cannot be shown";
  }
  for (const Contributor& contributor : job.contributors) {
    if (!isValid(contributor.name, kProfileTextBytesMax) ||
        !isValid(contributor.host, kProfileTextBytesMax)) {
      return "has a worker whose name cannot be shown";
    }
  }
  for (std::optional<Duration> age :
       {std::optional(record.age), std::optional(record.elapsed), std::optional(record.idle),
        record.waiting, record.ageAtEnd}) {
    if (age && !isValidAge(*age)) return "has an impossible age";
  }
  if (isOver(record.state) != record.ageAtEnd.has_value()) return "has an end without an age";
  auto fault = validate(record.spec, job.fragments);
  if (!fault) fault = validate(job.points);
  if (fault) return fault;
  // A goal does not fall, so what was counted is within what it asks for now.
  GoalStep step = goal(record.spec, progressOf(job, goal));
  if (endOf(job) > step.samples) return "has fragments that lie outside the job";
  bool isFinished = record.state == JobState::kFinished;
  if (isFinished && !step.isReached) return "is finished but not complete";
  if (!isFinished && step.isReached) return "is complete but not finished";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> validate(const Saved& saved, Goal goal) {
  std::uint64_t last = 0;
  std::set<JobUid> uids;
  for (const SavedJob& job : saved.jobs) {
    std::uint64_t id = number(job.record.id);
    if (id <= last || id > number(saved.lastJob)) return "the job ids are out of order";
    auto fault = validate(job, goal);
    if (!fault && !uids.insert(job.record.uid).second) fault = "has another job's uid";
    if (fault) return "job " + std::to_string(id) + " " + *fault;
    last = id;
  }
  return std::nullopt;
}

}  // namespace pi::scheduler
