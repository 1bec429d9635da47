#include "scheduler/store/validate.h"

#include <cstdint>
#include <optional>
#include <set>

#include "common/base/printable.h"
#include "scheduler/store/settings.h"

namespace pi::scheduler {
namespace {

bool isValid(const JobSpec& spec) {
  return spec.samples > 0 && spec.samples < kSamplesEnd && spec.chunkSize > 0 &&
         spec.chunkSize <= spec.samples && isKnown(spec.stream.sampler);
}

// Text that a client may send.
bool isValid(const std::string& text, std::size_t bytesMax) {
  return text.size() <= bytesMax && printable(text) == text;
}

bool isValidAge(Duration age) { return age >= Duration{} && age <= kAgeMax; }

std::string validate(const SavedJob& job) {
  const JobRecord& record = job.record;
  if (record.uid == JobUid{}) return "has no uid";
  if (record.streamVersion == 0) return "has no stream version";
  if (!isValid(record.spec)) return "has an impossible size or sampler";
  if (record.state > JobState::kFailed) return "has an unknown state";
  if (!isValid(record.spec.submitter, kSubmitterBytesMax) ||
      !isValid(record.spec.name, kJobNameBytesMax)) {
    return "has a submitter or a name that cannot be shown";
  }
  for (std::optional<Duration> age : {std::optional(record.age), std::optional(record.elapsed),
                                      record.waiting, record.ageAtEnd}) {
    if (age && !isValidAge(*age)) return "has an impossible age";
  }
  if (isOver(record.state) != record.ageAtEnd.has_value()) return "has an end without an age";
  std::uint64_t counted = 0, end = 0;
  for (const Fragment& fragment : job.fragments) {
    SampleRange range = fragment.tally.range;
    if (range.begin < end || range.end <= range.begin || range.end > record.spec.samples) {
      return "has fragments that overlap or lie outside the job";
    }
    if (!isPossible(fragment.tally, record.spec.stream.sampler))
      return "has more hits than samples";
    counted += range.size();
    end = range.end;
  }
  bool isComplete = counted == record.spec.samples;
  if (record.state == JobState::kFinished && !isComplete) return "is finished but not complete";
  if (record.state != JobState::kFinished && isComplete) return "is complete but not finished";
  return "";
}

}  // namespace

std::string validate(const Saved& saved) {
  std::uint64_t last = 0;
  std::set<JobUid> uids;
  for (const SavedJob& job : saved.jobs) {
    std::uint64_t id = number(job.record.id);
    if (id <= last || id > number(saved.lastJob)) return "the job ids are out of order";
    std::string fault = validate(job);
    if (fault.empty() && !uids.insert(job.record.uid).second) fault = "has another job's uid";
    if (!fault.empty()) return "job " + std::to_string(id) + " " + fault;
    last = id;
  }
  return "";
}

}  // namespace pi::scheduler
