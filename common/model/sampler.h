// The table of samplers.  A sampler decides how the points of a stream are drawn.  All code that
// depends on the sampler asks this table or switches over the enum without a default, so that the
// compiler lists every place that a new sampler needs.  CONTRIBUTING.md names these places.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pi {

// Numbered from 0 without gaps.  The store and the wire keep these numbers: never change one.
enum class Sampler : std::uint8_t { kRandom, kSobol };

// How the standard error of an estimate follows from its counts.
enum class ErrorModel : std::uint8_t {
  kBinomial,    // The samples are independent.
  kReplicates,  // The strata are independent replicates; their spread gives the error.
};

// No field has a default, so that the compiler warns of a row that forgets one.
struct SamplerTraits {
  std::string_view name;  // On the command line and in JSON.
  std::size_t strata;     // Sample i belongs to stratum i mod strata.
  ErrorModel errorModel;
  // The samples that one thread of a fast CPU counts in a second at best.  Only the magnitude is
  // right: it is for messages.
  double samplesPerSecond;
};

// Arrays of hits by stratum have this length, for every sampler.
// Not in SECURITY.md: the samplers decide about it.
inline constexpr std::size_t kStrataMax = 16;

// An empty name for a number that is no sampler's, as a damaged file may hold.
constexpr SamplerTraits traitsOf(Sampler sampler) {
  switch (sampler) {
    case Sampler::kRandom:
      return {.name = "random",
              .strata = 1,
              .errorModel = ErrorModel::kBinomial,
              .samplesPerSecond = 1e10};
    case Sampler::kSobol:
      return {.name = "sobol",
              .strata = 16,
              .errorModel = ErrorModel::kReplicates,
              .samplesPerSecond = 1e16};
  }
  return {};
}

constexpr std::string_view name(Sampler sampler) { return traitsOf(sampler).name; }
constexpr std::size_t strataCount(Sampler sampler) { return traitsOf(sampler).strata; }
constexpr bool isKnown(Sampler sampler) { return !name(sampler).empty(); }

// Whether the samples are independent of each other.  Then the error of so many samples is known
// beforehand, and the laws of coins hold for their hits.
constexpr bool areIndependent(Sampler sampler) {
  switch (traitsOf(sampler).errorModel) {
    case ErrorModel::kBinomial:
      return true;
    case ErrorModel::kReplicates:
      return false;
  }
  return false;
}

constexpr std::size_t countSamplers() {
  std::size_t count = 0;
  while (isKnown(static_cast<Sampler>(count))) ++count;
  return count;
}

// Every sampler, by number.
inline constexpr std::array<Sampler, countSamplers()> kSamplers = [] {
  std::array<Sampler, countSamplers()> samplers{};
  for (std::size_t i = 0; i < samplers.size(); ++i) samplers[i] = static_cast<Sampler>(i);
  return samplers;
}();

static_assert(std::ranges::all_of(kSamplers,
                                  [](Sampler sampler) {
                                    return 1 <= strataCount(sampler) &&
                                           strataCount(sampler) <= kStrataMax;
                                  }),
              "kStrataMax is too small for a sampler");

// "random or sobol"
inline std::string samplerNames() {
  std::string names;
  for (Sampler sampler : kSamplers) {
    if (!names.empty()) names += sampler == kSamplers.back() ? " or " : ", ";
    names += name(sampler);
  }
  return names;
}

}  // namespace pi
