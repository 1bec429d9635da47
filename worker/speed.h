// How fast a kernel is on this machine.
#pragma once

#include <cstdint>

#include "worker/kernels/kernel.h"

namespace pi::worker {

// Samples a second of one thread, above zero.  Takes a few milliseconds.
std::uint64_t measureSpeed(const kernels::Kernel& kernel);

}  // namespace pi::worker
