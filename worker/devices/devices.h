// The devices of a worker: found, tested, and ready to compute.
#pragma once

#include <cstdint>
#include <string>

#include "worker/devices/choice.h"
#include "worker/devices/cpu_unit.h"
#include "worker/kernels/kernel.h"

namespace pi::worker {

struct Devices {
  ComputeUnits units;
  std::uint32_t threads = 0;           // Those of CPUs; with GPUs alone, those that wait.
  std::uint32_t cpuThreads = 0;        // Those of CPUs.
  std::uint64_t samplesPerSecond = 0;  // The sampler `random`, all units together; above zero.
  std::string names{};                 // For people: "cpu, 2 x NVIDIA H200".
};

// The CPUs alone.  This CPU supports the kernel.
Devices cpuDevices(const kernels::Kernel& kernel, std::uint32_t threads);

// The chosen devices; kList is not among them.  `threads` are those of the CPUs, if these compute.
// Takes a few milliseconds, and some seconds with a GPU.  Throws NoGpu if one that was asked for
// cannot be used.  With kAuto, one that cannot be used is left out and logged.
Devices openDevices(const DeviceChoice& choice, const kernels::Kernel& kernel,
                    std::uint32_t threads);

// The text of `pi-worker --device list`, in lines.
std::string deviceList(const kernels::Kernel& kernel, std::uint32_t threads);

}  // namespace pi::worker
