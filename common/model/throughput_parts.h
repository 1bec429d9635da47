// How fast a job was computed, over its time.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/clock.h"

namespace pi {

// Part i has the samples that were counted in (begin + i * width, begin + (i + 1) * width], in
// times since the job's submission, as JobInfo::elapsed.
struct ThroughputParts {
  Duration begin{};
  Duration width{};  // Above zero.
  std::vector<std::uint64_t> parts{};
  bool operator==(const ThroughputParts&) const = default;
};

}  // namespace pi
