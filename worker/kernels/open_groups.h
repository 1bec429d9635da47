// Samples that vector kernels decide by their leading bits alone, and that are corrected later.
#pragma once

#include "worker/kernels/random_stream.h"

namespace pi::kernels {

// Open samples are looked for after this many steps.
inline constexpr std::uint32_t kGroupSteps = 4;

// Successive steps, kGroupSteps of them, in which the leading bits may leave a sample open.
struct OpenGroup {
  Lanes lanes;              // After the last of these steps.  Only open samples need their lanes.
  std::uint64_t first = 0;  // The first sample of the first step.
  // Bit i is set if sample i of any row of these steps may be open.
  std::uint64_t positions = 0;
};

// The groups of a kernel's run that are to be corrected.
struct OpenGroups {
  static constexpr std::uint32_t kCapacity = 8;  // A block has six to nine.
  std::uint32_t count = 0;
  OpenGroup groups[kCapacity];
};

// The error in the count of a kernel that took samples for hits if their squareSum is below
// `countedBelow`, to be added to it modulo 2^64.  Removes all groups.
std::uint64_t correction(OpenGroups& open, std::uint64_t seed, std::uint32_t countedBelow);

// Constants of kernels that decide by averages: see narrow_vectors.h.
inline constexpr std::uint32_t kCountedBelow = kCircle - 1;
inline constexpr std::int16_t kOpenOffset = 2;
inline constexpr std::int16_t kOpenEnd = -32'765;

}  // namespace pi::kernels
