// Whether a GPU computes the same as a kernel of the CPU, and how fast.
#pragma once

#include <cstdint>

#include "worker/devices/gpu_process.h"
#include "worker/kernels/kernel.h"

namespace pi::worker {

// Compares some launches of each kind.  Takes some milliseconds.  Throws DeviceLost.
bool computesLike(GpuProcess& gpu, const kernels::Kernel& kernel);

// The speed of the sampler `random`, in samples per second; above zero.  Takes some 50 ms.  Throws
// DeviceLost.
std::uint64_t measureSpeed(GpuProcess& gpu);

}  // namespace pi::worker
