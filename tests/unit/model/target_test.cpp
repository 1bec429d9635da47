#include "common/model/target.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <numbers>

namespace pi {
namespace {

JobSpec specOf(Sampler sampler, double error, std::uint64_t samples = kSamplesEnd / 2) {
  return {.stream = {.sampler = sampler}, .samples = samples, .chunkSize = 1, .targetError = error};
}

TEST_CASE("a job without a target has one prefix, with all its samples") {
  CHECK(firstPrefix({.samples = 12'345, .chunkSize = 1}) == 12'345);
  CHECK_FALSE(isTargetReached({.spec = {.samples = 1, .chunkSize = 1}}));
}

TEST_CASE("random samples reach the target error with their first prefix, and with few too many") {
  for (double error : {0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8}) {
    CAPTURE(error);
    std::uint64_t samples = firstPrefix(specOf(Sampler::kRandom, error));
    auto whole = static_cast<double>(samples);
    // Eight standard deviations from pi/4, on the side where the error is larger.
    double share = std::numbers::pi / 4 - 8 * 0.41 / std::sqrt(whole);
    if (share > 0.5) CHECK(4 * std::sqrt(share * (1 - share) / whole) <= error);
    if (error < 1e-3) CHECK(whole < 1.02 * 2.6968 / (error * error));
  }
}

TEST_CASE("the prefixes of Sobol' samples are powers of two, each twice the last, up to the most") {
  JobSpec spec = specOf(Sampler::kSobol, 1e-6, 1'000'000'000);
  std::uint64_t prefix = firstPrefix(spec);
  CHECK(std::has_single_bit(prefix));
  double expected = samplesForError(Sampler::kSobol, 1e-6);
  CHECK(static_cast<double>(prefix) <= expected / 4);
  CHECK(static_cast<double>(prefix) > expected / 8);
  for (; prefix < spec.samples / 2; prefix = nextPrefix(spec, prefix)) {
    CHECK(nextPrefix(spec, prefix) == 2 * prefix);
  }
  CHECK(nextPrefix(spec, prefix) == spec.samples);
}

TEST_CASE("the first prefix stays the same while a job needs more samples") {
  for (Sampler sampler : kSamplers) {
    std::uint64_t first = firstPrefix(specOf(sampler, 1e-7));
    CHECK(firstPrefix(specOf(sampler, 1e-7, first)) == first);
    CHECK(firstPrefix(specOf(sampler, 1e-7, 2 * first)) == first);
  }
}

TEST_CASE("no prefix is larger than the most samples that the user allows") {
  for (Sampler sampler : kSamplers) {
    CHECK(firstPrefix(specOf(sampler, 1e-12, 5000)) == 5000);
    CHECK(firstPrefix(specOf(sampler, 1, 7)) == 7);
    CHECK(firstPrefix(specOf(sampler, 1e-300)) <= kSamplesEnd / 2);
  }
}

}  // namespace
}  // namespace pi
