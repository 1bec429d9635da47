// Decides where a lease may end.
#pragma once

#include <cstdint>

#include "common/model/sample_range.h"

namespace pi::scheduler {

// How many samples a lease should have.  It takes all that is there, if that is not too much; else
// it ends after whole chunks.  If one chunk has more samples than that, it ends within the chunk,
// at the end of a block.
struct LeaseSize {
  std::uint64_t samples = 1;
  std::uint64_t chunkSize = 1;
  std::uint64_t blockSamples = 1;

  // The lease at the front of `available`, which must not be empty.
  SampleRange frontOf(SampleRange available) const;

  // Open ranges are split at multiples of this, so that what can be lent as a whole stays whole.
  std::uint64_t unit() const { return chunkSize <= samples ? chunkSize : blockSamples; }
};

}  // namespace pi::scheduler
