// A slow implementation of the stream, written from STREAM.md alone.  The kernels have to agree
// with it.
#pragma once

#include <cstdint>

#include "common/model/sample_range.h"
#include "common/model/tally.h"

namespace pi::by_the_book {

// Whether a sample of the sampler `random` is a hit; x and y are the 16 leading bits of its
// coordinates.
bool isHit(std::uint64_t seed, std::uint64_t sample, std::uint32_t x, std::uint32_t y);

// Takes seconds for more than a few blocks, and for the end of a block.
Hits hitsIn(Stream stream, SampleRange range);

}  // namespace pi::by_the_book
