#include "scheduler/core/cost.h"

#include <doctest/doctest.h>

#include "common/model/target.h"

namespace pi::scheduler {
namespace {

JobSpec specOf(Sampler sampler, std::uint64_t samples) {
  return {.stream = {.seed = 1, .sampler = sampler}, .samples = samples, .chunkSize = 1};
}

TEST_CASE("a sample of the sampler random costs one unit, wherever it is") {
  JobWork work(specOf(Sampler::kRandom, 1'000'000), {});
  CHECK(work.block().samples == kBlockSamples);
  CHECK(work.costOf({.begin = 77, .end = 177}) == 100);
  CHECK(work.averageCost(12'345) == 12'345);
  CHECK(work.samplesFor(12'345) == 12'345);
}

TEST_CASE(
    "a job of Sobol' samples has 64 to 255 blocks, larger ones only beyond a second of work") {
  for (int log = 22; log <= 62; ++log) {
    CAPTURE(log);
    for (std::uint64_t samples : {std::uint64_t{1} << log, (std::uint64_t{1} << log) / 3 * 4}) {
      Block block = JobWork(specOf(Sampler::kSobol, samples), {}).block();
      std::uint64_t blocks = samples / block.samples;
      CHECK(blocks >= 64);
      CHECK((blocks < 256 || block.netLevel == BlockRule().netLevelMax));
      CHECK(block.samples == std::uint64_t{16} << (2 * block.netLevel));
    }
  }
}

TEST_CASE("a job with a target error has 64 to 256 blocks where it mostly ends") {
  for (double error : {1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 3e-12, 3e-13}) {
    CAPTURE(error);
    JobSpec spec = specOf(Sampler::kSobol, kSamplesEnd - 1);
    spec.targetError = error;
    std::uint64_t first = firstPrefix(spec), block = JobWork(spec, {}).block().samples;
    CHECK(4 * first / block >= 64);
    CHECK(8 * first / block <= 256);
    // The block stays the same while the job needs more samples.
    spec.samples = first;
    CHECK(JobWork(spec, {}).block().samples == block);
    // The user allows fewer samples than the first prefix would have: the job ends with these.
    spec.samples = first / 2;
    CHECK(spec.samples / JobWork(spec, {}).block().samples >= 64);
  }
}

TEST_CASE("nets make a block cost the root of its samples") {
  std::uint64_t samples = std::uint64_t{1} << 50;
  JobWork work(specOf(Sampler::kSobol, samples), {});
  REQUIRE(work.block().netLevel == 20);
  std::uint64_t block = work.block().samples;
  std::uint64_t cost = work.costOf({.begin = 0, .end = block});
  std::uint64_t strata = 16, stepCost = 8;
  CHECK(cost == (2 * strata * stepCost) << 20);
  CHECK(work.costOf({.begin = block, .end = 4 * block}) == 3 * cost);
  CHECK(work.averageCost(3 * block) == 3 * cost);
  CHECK(work.samplesFor(3 * cost) == 3 * block);
  CHECK(work.averageCost(1) == 1);
  CHECK(work.samplesFor(kSamplesEnd) == kSamplesEnd);
}

TEST_CASE("a part of a block costs at least its share, from either end of it") {
  JobWork work(specOf(Sampler::kSobol, std::uint64_t{1} << 50), {});
  std::uint64_t block = work.block().samples, whole = work.costOf({.begin = 0, .end = block});
  for (std::uint64_t end : {block / 2, block / 4, block / 7, block / 1000, std::uint64_t{5}}) {
    CAPTURE(end);
    std::uint64_t begins = work.costOf({.begin = 0, .end = end});
    CHECK(begins >= work.averageCost(end));
    CHECK(begins <= 3 * whole);
    CHECK(work.costOf({.begin = block - end, .end = block}) == begins);  // From the other end.
    CHECK(work.costOf({.begin = block - end, .end = 2 * block}) == begins + whole);
  }
}

}  // namespace
}  // namespace pi::scheduler
