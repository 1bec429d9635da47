// NVIDIA's driver library, libcuda.so.1, which is opened at run time: a node without a GPU has
// none. The functions and numbers below are from NVIDIA's "CUDA Driver API" reference.
//
// This program has no exceptions and no containers, so that it needs no library but libc, and runs
// on nodes with an older system.
#pragma once

#include <cstddef>
#include <cstdint>

#include "worker/gpu/messages.h"

namespace pi::gpu {

// Types of the driver's interface.  Handles are pointers to objects of the driver.
using Address = unsigned long long;  // In the memory of a GPU.
using Handle = void*;

class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // Opens and starts the driver; it is never closed.  False, with a reason, if there is none, or no
  // GPU.
  bool start();

  int version() const { return version_; }  // 1000 times the major one, plus 10 times the minor.
  int deviceCount() const { return deviceCount_; }

  // Whether `result` is success.  If not, reason() names the failure and a remedy.  `doing` is a
  // part of that sentence: "start a kernel".
  bool did(int result, const char* doing);

  // The last failure, as a sentence.
  const char* reason() const { return reason_; }

  // The driver's functions, by their names there.
  int (*cuInit)(unsigned flags) = nullptr;
  int (*cuDriverGetVersion)(int* version) = nullptr;
  int (*cuDeviceGetCount)(int* count) = nullptr;
  int (*cuDeviceGet)(int* device, int ordinal) = nullptr;
  int (*cuDeviceGetName)(char* name, int bytes, int device) = nullptr;
  int (*cuDeviceGetAttribute)(int* value, int attribute, int device) = nullptr;
  int (*cuDevicePrimaryCtxSetFlags)(int device, unsigned flags) = nullptr;
  int (*cuDevicePrimaryCtxRetain)(Handle* context, int device) = nullptr;
  int (*cuCtxSetCurrent)(Handle context) = nullptr;
  int (*cuModuleLoadData)(Handle* module, const void* image) = nullptr;
  int (*cuModuleGetFunction)(Handle* function, Handle module, const char* name) = nullptr;
  int (*cuMemAlloc)(Address* address, std::size_t bytes) = nullptr;
  int (*cuMemHostAlloc)(void** memory, std::size_t bytes, unsigned flags) = nullptr;
  int (*cuMemsetD8Async)(Address address, unsigned char value, std::size_t bytes,
                         Handle stream) = nullptr;
  int (*cuMemcpyDtoHAsync)(void* to, Address from, std::size_t bytes, Handle stream) = nullptr;
  int (*cuStreamCreate)(Handle* stream, unsigned flags) = nullptr;
  int (*cuEventCreate)(Handle* event, unsigned flags) = nullptr;
  int (*cuEventRecord)(Handle event, Handle stream) = nullptr;
  int (*cuEventQuery)(Handle event) = nullptr;
  int (*cuEventSynchronize)(Handle event) = nullptr;
  int (*cuLaunchKernel)(Handle function, unsigned gridX, unsigned gridY, unsigned gridZ,
                        unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,
                        Handle stream, void** arguments, void** extra) = nullptr;
  int (*cuGetErrorName)(int error, const char** name) = nullptr;
  int (*cuGetErrorString)(int error, const char** text) = nullptr;

 private:
  bool load();
  template <typename Function>
  bool find(void* library, Function& function, const char* name);

  char reason_[kTextBytes] = "";
  int version_ = 0;
  int deviceCount_ = 0;
};

// Results of the driver's functions.
inline constexpr int kSuccess = 0;
inline constexpr int kNoDevice = 100;
inline constexpr int kNotReady = 600;  // cuEventQuery: the launch still runs.

// Attributes of a device, for cuDeviceGetAttribute.
inline constexpr int kClockKilohertz = 13;
inline constexpr int kMultiprocessors = 16;
inline constexpr int kCapabilityMajor = 75;
inline constexpr int kCapabilityMinor = 76;

// Flags: a thread that waits for the GPU sleeps, and an event measures no time.
inline constexpr unsigned kContextSleeps = 4;
inline constexpr unsigned kEventSleeps = 1 | 2;
inline constexpr unsigned kStreamIsIndependent = 1;

}  // namespace pi::gpu
