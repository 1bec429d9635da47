// Counted samples and their hits, by stratum.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/model/sampler.h"
#include "common/model/tally.h"

namespace pi::scheduler {

struct Counted {
  std::array<std::uint64_t, kStrataMax> samples{};
  Hits hits{};

  Counted& operator+=(const Counted& other) {
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += other.samples[i];
    hits += other.hits;
    return *this;
  }
  bool operator==(const Counted&) const = default;
};

inline Counted countedOf(const Tally& tally, Sampler sampler) {
  Counted counted{.samples = {}, .hits = tally.hits};
  std::size_t strata = strataCount(sampler);
  for (std::size_t i = 0; i < strata; ++i) {
    counted.samples[i] = stratumSize(tally.range, i, strata);
  }
  return counted;
}

}  // namespace pi::scheduler
