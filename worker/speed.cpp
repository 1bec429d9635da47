#include "worker/speed.h"

#include <algorithm>

#include "common/net/clock.h"

namespace pi::worker {

std::uint64_t measureSpeed(const kernels::Kernel& kernel) {
  constexpr Duration kLongEnough = std::chrono::milliseconds(4);
  const Stream stream{.seed = 2017};
  SampleRange block{.begin = 0, .end = kBlockSamples};
  kernel.hitsIn(stream, block);  // Wakes the CPU's vector units.

  Instant begunAt = net::now();
  Duration elapsed{};
  std::uint64_t samples = 0;
  do {
    block = {.begin = block.end, .end = block.end + kBlockSamples};
    kernel.hitsIn(stream, block);
    samples += block.size();
    elapsed = net::now() - begunAt;
  } while (elapsed < kLongEnough);
  return std::max<std::uint64_t>(
      static_cast<std::uint64_t>(static_cast<double>(samples) / seconds(elapsed)), 1);
}

}  // namespace pi::worker
