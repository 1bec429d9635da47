// A CPU that runs one of the kernels.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "worker/devices/compute_unit.h"

namespace pi::worker {

class CpuUnit final : public ComputeUnit {
 public:
  // As kernels::Kernel::compute.
  using Compute = Hits (*)(Stream stream, SampleRange range, const kernels::StopFlag* stop);

  explicit CpuUnit(Compute compute, double speed) : compute_(compute), speed_(speed) {}

  Hits count(Stream stream, SampleRange run, std::uint64_t blockSamples,
             const kernels::StopFlag& stop) override;
  double speed() const override { return speed_; }
  Duration runTime() const override { return std::chrono::microseconds(500); }
  bool usesCpu() const override { return true; }

 private:
  Compute compute_;
  double speed_;
};

using ComputeUnits = std::vector<std::unique_ptr<ComputeUnit>>;

// So many of them, each of this speed.
ComputeUnits cpuUnits(CpuUnit::Compute compute, std::uint32_t count, double speed = 1);

}  // namespace pi::worker
