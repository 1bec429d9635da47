// A lane of a GPU.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "worker/devices/cpu_unit.h"
#include "worker/devices/gpu_process.h"

namespace pi::worker {

// The GPU counts the whole blocks of a run.  The parts of blocks at its ends, and jobs whose blocks
// have no nets, are left to a kernel of the CPU.
class GpuUnit final : public ComputeUnit {
 public:
  GpuUnit(std::shared_ptr<GpuProcess> process, int lane, CpuUnit::Compute ends, double speed)
      : process_(std::move(process)), lane_(lane), ends_(ends, speed) {}

  Hits count(Stream stream, SampleRange run, std::uint64_t blockSamples,
             const kernels::StopFlag& stop) override;
  double speed() const override { return ends_.speed(); }
  // A launch waits for that of the other lane, so one takes half as long.
  Duration runTime() const override { return std::chrono::milliseconds(100); }
  bool usesCpu() const override { return false; }

 private:
  std::shared_ptr<GpuProcess> process_;
  int lane_;
  CpuUnit ends_;
};

// The request for these whole blocks; nothing if a GPU cannot count them.
std::optional<gpu::Request> requestFor(Stream stream, SampleRange blocks,
                                       std::uint64_t blockSamples);

// The lanes of a GPU of this speed.
ComputeUnits gpuUnits(const std::shared_ptr<GpuProcess>& process, CpuUnit::Compute ends,
                      double speed = 1);

}  // namespace pi::worker
