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
  PI_CHECK(false);
  return WorkKind::kRandom;
}

// In all three functions a kind whose cost is not proportional to its samples is a new case.
std::uint64_t costOf(const JobSpec& spec, SampleRange range) {
  switch (workKindOf(spec)) {
    case WorkKind::kRandom:
    case WorkKind::kSobol:
      return range.size();
  }
  PI_CHECK(false);
  return 0;
}

std::uint64_t averageCost(const JobSpec& spec, std::uint64_t samples) {
  switch (workKindOf(spec)) {
    case WorkKind::kRandom:
    case WorkKind::kSobol:
      return samples;
  }
  PI_CHECK(false);
  return 0;
}

std::uint64_t samplesFor(const JobSpec& spec, std::uint64_t cost) {
  switch (workKindOf(spec)) {
    case WorkKind::kRandom:
    case WorkKind::kSobol:
      return cost;
  }
  PI_CHECK(false);
  return 0;
}

}  // namespace pi::scheduler
