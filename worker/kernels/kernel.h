// Kernels count hits.  There is one file per instruction set; all give the same integers.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/model/sample_range.h"
#include "common/model/stream.h"
#include "common/model/tally.h"

namespace pi::kernels {

// Set by another thread to abandon a computation.
using StopFlag = std::atomic<bool>;

inline bool isSet(const StopFlag* stop) {
  return stop != nullptr && stop->load(std::memory_order_relaxed);
}

struct Kernel {
  std::string_view name;
  // The hits of the range's samples.  The range may be any within [0, kSamplesEnd).  A long
  // computation is abandoned within a millisecond when `stop` becomes true, if it is not null; its
  // hits are wrong then.
  Hits (*compute)(Stream stream, SampleRange range, const StopFlag* stop);
  // Whether this CPU can run the kernel.
  bool (*isSupported)();

  Hits hitsIn(Stream stream, SampleRange range) const { return compute(stream, range, nullptr); }
};

// All kernels of this binary, the fastest first.  The last one, "portable", is always supported.
std::span<const Kernel> all();

// The fastest kernel that this CPU can run.
const Kernel& best();

// The kernel of this name; null if this binary has none.
const Kernel* find(std::string_view name);

// Whether the kernel gives the golden values of STREAM.md, for every sampler, on whole blocks and
// on parts of blocks.  Takes about a millisecond; a worker calls it once, at its start.
bool answersCorrectly(const Kernel& kernel);

}  // namespace pi::kernels
