// The reference kernel: plain C++, on any CPU.
#pragma once

#include "worker/kernels/kernel.h"

namespace pi::kernels {

Hits portableHitsIn(Stream stream, SampleRange range);

inline constexpr Kernel kPortable{
    .name = "portable", .hitsIn = &portableHitsIn, .isSupported = [] { return true; }};

}  // namespace pi::kernels
