// The stream, implemented slowly and from STREAM.md alone: what the kernels are held against.
#pragma once

#include <cstdint>

#include "common/model/sample_range.h"
#include "common/model/tally.h"

namespace pi::by_the_book {

// Of any sample of the random sampler, of which the 16 leading bits are x and y.
bool isHit(std::uint64_t seed, std::uint64_t sample, std::uint32_t x, std::uint32_t y);

// Seconds for more than a few blocks, or for the end of a block.
Hits hitsIn(Stream stream, SampleRange range);

}  // namespace pi::by_the_book
