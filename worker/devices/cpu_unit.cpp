#include "worker/devices/cpu_unit.h"

#include <algorithm>

namespace pi::worker {

Hits CpuUnit::count(Stream stream, SampleRange run, std::uint64_t blockSamples,
                    const kernels::StopFlag& stop) {
  Hits hits;
  for (SampleRange rest = run; !rest.empty() && !kernels::isSet(&stop);) {
    std::uint64_t blockEnd = (rest.begin / blockSamples + 1) * blockSamples;
    SampleRange block{.begin = rest.begin, .end = std::min(blockEnd, rest.end)};
    hits += compute_(stream, block, &stop);
    rest.begin = block.end;
  }
  return hits;
}

ComputeUnits cpuUnits(CpuUnit::Compute compute, std::uint32_t count, double speed) {
  ComputeUnits units;
  for (std::uint32_t i = 0; i < count; ++i) {
    units.push_back(std::make_unique<CpuUnit>(compute, speed));
  }
  return units;
}

}  // namespace pi::worker
