// The compiled kernels of kernels.cu, for several kinds of GPUs.
#pragma once

namespace pi::gpu {

extern "C" const unsigned char kImage[];

}  // namespace pi::gpu
