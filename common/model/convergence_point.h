// How far a job was at one time.
#pragma once

#include <cstdint>

#include "common/base/clock.h"
#include "common/model/tally.h"

namespace pi {

// The counts of a job at one time.
struct ConvergencePoint {
  std::uint32_t number = 0;   // Counts up; a point replaces the one before with this number.
  std::uint64_t samples = 0;  // At least 1.
  Hits hits{};                // Among these samples.
  Duration elapsed{};         // As JobInfo::elapsed.
  bool isPrefix = false;      // The counted samples are [0, samples).
  // Since the point before, counts were taken back or replaced.
  bool isCorrected = false;
  bool operator==(const ConvergencePoint&) const = default;
};

}  // namespace pi
