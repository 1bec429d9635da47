// Marks functions that nvcc compiles for GPUs, too.  Headers with such functions are C++17 and use
// no containers of the standard library.
#pragma once

#ifdef __CUDACC__
#define PI_HOST_DEVICE __host__ __device__
#else
#define PI_HOST_DEVICE
#endif
