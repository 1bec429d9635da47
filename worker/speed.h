// The speed of a kernel on this machine.
#pragma once

#include <cstdint>

#include "worker/kernels/kernel.h"

namespace pi::worker {

// The speed of the sampler `random` in one thread, in samples per second; above zero.  Takes a few
// milliseconds.
std::uint64_t measureSpeed(const kernels::Kernel& kernel);

}  // namespace pi::worker
