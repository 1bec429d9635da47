#include "scheduler/store/plausible.h"

#include <cstdint>

namespace pi::scheduler {
namespace {

bool isPossible(const JobSpec& spec) {
  return spec.samples > 0 && spec.samples < kSamplesEnd && spec.chunkSize > 0 &&
         spec.chunkSize <= spec.samples && spec.stream.sampler <= Sampler::kSobol;
}

bool isTime(Duration duration) { return duration >= Duration{} && duration <= kAgeMax; }

std::string faultOf(const SavedJob& job) {
  const JobRecord& record = job.record;
  if (!isPossible(record.spec)) return "asks for what is out of bounds";
  if (record.state > JobState::kFailed) return "is in no known state";
  if (!isTime(record.age) || !isTime(record.elapsed)) return "has an impossible age";
  std::uint64_t counted = 0, end = 0;
  for (const Fragment& fragment : job.fragments) {
    SampleRange range = fragment.tally.range;
    if (range.begin < end || range.end <= range.begin || range.end > record.spec.samples) {
      return "has fragments that overlap or lie outside of it";
    }
    if (!isPossible(fragment.tally, record.spec.stream.sampler))
      return "has more hits than samples";
    counted += range.size();
    end = range.end;
  }
  if ((record.state == JobState::kFinished) != (counted == record.spec.samples)) {
    return "is finished without being complete, or complete without being finished";
  }
  return "";
}

}  // namespace

std::string faultOf(const Saved& saved) {
  std::uint64_t last = 0;
  for (const SavedJob& job : saved.jobs) {
    std::uint64_t id = number(job.record.id);
    if (id <= last || id > number(saved.lastJob)) return "job ids are out of order";
    if (std::string fault = faultOf(job); !fault.empty()) {
      return "job " + std::to_string(id) + " " + fault;
    }
    last = id;
  }
  return "";
}

}  // namespace pi::scheduler
