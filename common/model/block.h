// Cuts the samples of a job into blocks.
#pragma once

#include <cstdint>

#include "common/model/job.h"
#include "common/model/stream.h"

namespace pi {

// The numbers that decide about blocks.  The defaults suit the kernels; tests set smaller ones.
struct BlockRule {
  std::uint64_t random = kBlockSamples;
  // A job of the sampler `sobol` has at least `netBlocksMin` blocks of 16 * 4^level samples, and
  // the first prefix of a job with a target error a quarter of that, since it mostly ends with four
  // to eight times its samples.  The level is the largest one in this range that allows it.  Below
  // the least one counting by nets is not faster than computing each point; a block of the largest
  // one takes a thread about a second.
  int netLevelMin = 6;
  int netLevelMax = 25;
  std::uint64_t netBlocksMin = 64;
  // The 16 nets of a block take 2 * 2^h steps together; a step costs as much as 16 times so many
  // samples of the sampler `random`.
  std::uint64_t netStepCost = 8;
};

// The smallest run of samples that a thread computes at full speed.  Leases, grains and cuts end
// where a block ends, unless the scheduler asks for another place.
struct Block {
  std::uint64_t samples = 1;
  // The block has one net of 4^netLevel points for each of the 16 strata; zero for no nets.
  int netLevel = 0;

  // The points are counted by nets: many at a time, in a time that grows with their root.
  bool isNet() const { return netLevel > 0; }
};

// A function of the spec alone, so that every process agrees on it.
Block blockOf(const JobSpec& spec, const BlockRule& rule = {});

// Kernels count fewer samples than this point by point (kNetLevelMin in worker/kernels/nets.h).
inline constexpr std::uint64_t kSmallestNetSamples = std::uint64_t{kStrataMax} << (2 * 3);

// Whether nets count hits of the job.  One of fewer samples than a net has has none.
bool isCountedByNets(const JobSpec& spec);

// The seed of a job whose user gives none.
inline constexpr std::uint64_t kDefaultSeed = 2017;

// The chunk size of a job whose user gives none.  A job that is counted by nets has chunks of one
// block.  Another job has chunks of a thousandth of its samples, but of at least 10^6, which may be
// more than it has.
std::uint64_t defaultChunkSize(const JobSpec& spec);

}  // namespace pi
