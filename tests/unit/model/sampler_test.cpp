#include "common/model/sampler.h"

#include <doctest/doctest.h>

#include <set>

namespace pi {

TEST_CASE("every sampler has a name of its own") {
  std::set<std::string_view> names;
  for (Sampler sampler : kSamplers) names.insert(name(sampler));
  CHECK(names.size() == kSamplers.size());
  CHECK(name(Sampler::kRandom) == "random");
  CHECK(name(Sampler::kSobol) == "sobol");
  CHECK(samplerNames() == "random or sobol");
}

TEST_CASE("a number beyond the last sampler is not known") {
  for (Sampler sampler : kSamplers) CHECK(isKnown(sampler));
  CHECK_FALSE(isKnown(static_cast<Sampler>(kSamplers.size())));
  CHECK_FALSE(isKnown(static_cast<Sampler>(0xFF)));
}

TEST_CASE("the strata of a sampler fit into the arrays of hits") {
  CHECK(strataCount(Sampler::kRandom) == 1);
  CHECK(strataCount(Sampler::kSobol) == 16);
  for (Sampler sampler : kSamplers) CHECK(strataCount(sampler) <= kStrataMax);
}

}  // namespace pi
