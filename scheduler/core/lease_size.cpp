#include "scheduler/core/lease_size.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::scheduler {

SampleRange LeaseSize::frontOf(SampleRange available) const {
  PI_CHECK(!available.empty());
  std::uint64_t begin = available.begin;
  std::uint64_t wanted = begin + std::min(std::max<std::uint64_t>(samples, 1), available.size());
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

std::uint64_t samplesIn(Duration duration, std::uint64_t speed) {
  double samples = seconds(duration) * static_cast<double>(speed);
  return samples >= static_cast<double>(kSamplesEnd) ? kSamplesEnd
                                                     : static_cast<std::uint64_t>(samples);
}

std::uint64_t leaseSamples(const LeasePolicy& policy, std::uint64_t workerSpeed,
                           std::uint64_t clusterSpeed, std::uint64_t openSamples) {
  PI_CHECK(workerSpeed > 0 && workerSpeed <= clusterSpeed);
  double share = static_cast<double>(workerSpeed) / static_cast<double>(clusterSpeed);
  auto half = static_cast<std::uint64_t>(static_cast<double>(openSamples) * share / 2);
  std::uint64_t most = samplesIn(policy.target, workerSpeed);
  std::uint64_t least = std::min(most, samplesIn(policy.minimum, workerSpeed));
  return std::clamp<std::uint64_t>(half, std::max<std::uint64_t>(least, 1),
                                   std::max<std::uint64_t>(most, 1));
}

}  // namespace pi::scheduler
