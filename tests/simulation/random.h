// Random numbers of a story: small generators, one for each purpose, so that one more draw in one
// place does not change the draws in another.
#pragma once

#include <cstdint>

#include "common/base/clock.h"

namespace pi::simulation {

// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
class Random {
 public:
  // Different purposes and indices give independent sequences of the same seed.
  enum class Purpose : std::uint8_t {
    kConfig,
    kPlan,
    kPlannedFault,
    kChance,
    kWorker,
    kScheduler,
    kClients,
    kDistance,
    kBlocks,
    kTarget,
    kExtension,
    kHistory,
    kBatchJob,
    kChunk,
    kPace,
    kThreads
  };
  Random(std::uint64_t seed, Purpose purpose, std::uint64_t index = 0)
      : state_(mix(mix(seed) + mix(static_cast<std::uint64_t>(purpose) + 1) * 3 + index)) {}

  std::uint64_t next() { return mix(state_ += kStep); }

  // In [0, end).
  std::uint64_t below(std::uint64_t end) { return next() % end; }

  bool chance(double probability) {
    return static_cast<double>(next() >> 11) < probability * 0x1p53;
  }

  // In [0, longest].
  Duration upTo(Duration longest) {
    return Duration(
        static_cast<Duration::rep>(below(static_cast<std::uint64_t>(longest.count()) + 1)));
  }

 private:
  static constexpr std::uint64_t kStep = 0x9E37'79B9'7F4A'7C15;
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z += kStep;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EB;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace pi::simulation
