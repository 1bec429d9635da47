#include "scheduler/core/cost.h"

#include "common/base/check.h"

namespace pi::scheduler {

WorkKind workKindOf(const JobSpec& spec) {
  switch (spec.stream.sampler) {
    case Sampler::kRandom:
      return WorkKind::kRandom;
    case Sampler::kSobol:
      return WorkKind::kSobol;
  }
  PI_CHECK(isKnown(spec.stream.sampler));
  return WorkKind::kRandom;
}

namespace {

// The cost of an average sample.  A kind whose cost is not proportional to its samples needs more
// than this number in each of the functions below.
std::uint64_t costOfSample(WorkKind kind) {
  switch (kind) {
    case WorkKind::kRandom:
    case WorkKind::kSobol:
      return 1;
  }
  PI_CHECK(isKnown(kind));
  return 1;
}

}  // namespace

std::uint64_t costOf(const JobSpec& spec, SampleRange range) {
  return range.size() * costOfSample(workKindOf(spec));
}

std::uint64_t averageCost(const JobSpec& spec, std::uint64_t samples) {
  return samples * costOfSample(workKindOf(spec));
}

std::uint64_t samplesFor(const JobSpec& spec, std::uint64_t cost) {
  return cost / costOfSample(workKindOf(spec));
}

std::uint64_t costRate(WorkKind kind, std::uint64_t samplesPerSecond) {
  return samplesPerSecond * costOfSample(kind);
}

std::uint64_t sampleRate(WorkKind kind, std::uint64_t costPerSecond) {
  return costPerSecond / costOfSample(kind);
}

}  // namespace pi::scheduler
