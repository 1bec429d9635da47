// Kernels count hits, one file per instruction set; all give the same integers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "common/model/sample_range.h"
#include "common/model/stream.h"
#include "common/model/tally.h"

namespace pi::kernels {

struct Kernel {
  std::string_view name;
  // Hits among the range's samples.  Any range within [0, kSamplesEnd).
  Hits (*hitsIn)(Stream stream, SampleRange range);
  // Whether this CPU can run it.
  bool (*isSupported)();
};

// Every kernel of this binary, the fastest first; the last one is "portable" and always supported.
std::span<const Kernel> all();

// The fastest one that this CPU can run.
const Kernel& best();

// By name; null when this binary has none of that name.
const Kernel* find(std::string_view name);

// Whether the kernel gives STREAM.md's golden values, on whole and on ragged ranges of both
// samplers. Takes about a millisecond; a worker asks once, when it starts.
bool answersCorrectly(const Kernel& kernel);

}  // namespace pi::kernels
