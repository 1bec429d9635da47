#include "scheduler/core/lease_size.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::scheduler {

SampleRange LeaseSize::frontOf(SampleRange available) const {
  PI_CHECK(!available.empty());
  std::uint64_t begin = available.begin;
  std::uint64_t wanted = begin + std::min(std::max<std::uint64_t>(samples, 1), available.size());
  if (wanted == available.end) return available;  // No short lease for what is behind a chunk.
  std::uint64_t end = 0;
  if (std::uint64_t chunkEnd = wanted - wanted % chunkSize; chunkEnd > begin) {
    end = chunkEnd;
  } else {
    std::uint64_t intoBlock = wanted % blockSamples;
    end = intoBlock == 0 ? wanted : wanted + (blockSamples - intoBlock);
    end = std::min(end, begin - begin % chunkSize + chunkSize);
  }
  return {.begin = begin, .end = std::min(end, available.end)};
}

}  // namespace pi::scheduler
