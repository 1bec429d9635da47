#include "common/model/block.h"

#include <algorithm>

#include "common/model/target.h"

namespace pi {
namespace {

Block netBlock(int level) {
  return {.samples = std::uint64_t{kStrataMax} << (2 * level), .netLevel = level};
}

Block sobolBlock(std::uint64_t samples, const BlockRule& rule) {
  auto isLarge = [&](int level) { return samples / netBlock(level).samples < rule.netBlocksMin; };
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
      return sobolBlock(firstPrefix(spec), rule);
  }
  return {};
}

bool isCountedByNets(const JobSpec& spec) { return blockOf(spec).isNet(); }

std::uint64_t defaultChunkSize(const JobSpec& spec) {
  constexpr std::uint64_t kChunkMin = 1'000'000;
  if (isCountedByNets(spec)) return blockOf(spec).samples;
  return std::max(firstPrefix(spec) / 1000, kChunkMin);
}

}  // namespace pi
