#include "scheduler/core/cost.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::scheduler {
namespace {

constexpr int kStrataLog = 4;
static_assert(kStrataMax == std::size_t{1} << kStrataLog);

WorkKind kindOf(Sampler sampler) {
  switch (sampler) {
    case Sampler::kRandom:
      return WorkKind::kRandom;
    case Sampler::kSobol:
      return WorkKind::kSobol;
  }
  PI_CHECK(isKnown(sampler));
  return WorkKind::kRandom;
}

}  // namespace

JobWork::JobWork(const JobSpec& spec, const BlockRule& rule)
    : kind_(kindOf(spec.stream.sampler)), block_(blockOf(spec, rule)), stepCost_(rule.netStepCost) {
  PI_CHECK(block_.samples > 0);
  PI_CHECK(stepCost_ > 0);
}

std::uint64_t JobWork::costOfBlock(int netLevel) const {
  return std::min((2 * kStrataMax * stepCost_) << netLevel,
                  std::uint64_t{1} << (kStrataLog + 2 * netLevel));
}

// A part that begins or ends where its block does has smaller nets.
std::uint64_t JobWork::costOfPart(std::uint64_t samples) const {
  std::uint64_t cost = 0;
  for (int level = block_.netLevel; level > 0; --level) {
    std::uint64_t size = std::uint64_t{1} << (kStrataLog + 2 * level);
    cost += samples / size * costOfBlock(level);
    samples %= size;
  }
  return cost + samples;
}

std::uint64_t JobWork::costOf(SampleRange range) const {
  if (!block_.isNet()) return range.size();
  std::uint64_t first = (range.begin + block_.samples - 1) / block_.samples;
  std::uint64_t last = range.end / block_.samples;
  if (first > last) return costOfPart(range.size());  // Within a block.
  return costOfPart(first * block_.samples - range.begin) +
         (last - first) * costOfBlock(block_.netLevel) +
         costOfPart(range.end - last * block_.samples);
}

std::uint64_t JobWork::averageCost(std::uint64_t samples) const {
  std::uint64_t perUnit = samplesPerUnit();
  return samples / perUnit + (samples % perUnit > 0);
}

std::uint64_t JobWork::samplesFor(std::uint64_t cost) const {
  std::uint64_t perUnit = samplesPerUnit();
  return std::min(cost, kSamplesEnd / perUnit) * perUnit;
}

std::uint64_t JobWork::samplesPerUnit() const {
  return block_.isNet() ? block_.samples / costOfBlock(block_.netLevel) : 1;
}

}  // namespace pi::scheduler
