#include "common/model/block.h"

#include <algorithm>

#include "common/model/target.h"

namespace pi {
namespace {

Block netBlock(int level) {
  return {.samples = std::uint64_t{kStrataMax} << (2 * level), .netLevel = level};
}

// How many blocks the first prefix has at least.  A job with a target error mostly ends with four
// to eight times as many samples, unless the user allows fewer than the first prefix has.
std::uint64_t firstBlocksMin(const JobSpec& spec, const BlockRule& rule) {
  constexpr std::uint64_t kGrowth = 4;
  if (spec.targetError <= 0) return rule.netBlocksMin;
  JobSpec unbounded{
      .stream = spec.stream, .samples = kSamplesEnd - 1, .targetError = spec.targetError};
  bool isBounded = firstPrefix(unbounded) > spec.samples;
  return isBounded ? rule.netBlocksMin : std::max<std::uint64_t>(rule.netBlocksMin / kGrowth, 1);
}

Block sobolBlock(const JobSpec& spec, const BlockRule& rule) {
  std::uint64_t samples = firstPrefix(spec), blocksMin = firstBlocksMin(spec, rule);
  auto isLarge = [&](int level) { return samples / netBlock(level).samples < blocksMin; };
  int level = rule.netLevelMin;
  while (level < rule.netLevelMax && !isLarge(level + 1)) ++level;
  return netBlock(level);
}

}  // namespace

Block blockOf(const JobSpec& spec, const BlockRule& rule) {
  switch (spec.stream.sampler) {
    case Sampler::kRandom:
      return {.samples = rule.random};
    case Sampler::kSobol:
      return sobolBlock(spec, rule);
  }
  return {};
}

bool isCountedByNets(const JobSpec& spec) {
  return blockOf(spec).isNet() && firstPrefix(spec) >= kSmallestNetSamples;
}

std::uint64_t defaultChunkSize(const JobSpec& spec) {
  constexpr std::uint64_t kChunkMin = 1'000'000;
  if (blockOf(spec).isNet()) return blockOf(spec).samples;
  return std::max(firstPrefix(spec) / 1000, kChunkMin);
}

}  // namespace pi
