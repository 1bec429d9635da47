// A libcuda.so.1 for tests.  It has two GPUs, or those in CUDA_VISIBLE_DEVICES, which count on the
// CPU with the code of the real kernels.  PI_FAKE_CUDA says what is wrong with them:
//
//   no-device      there is no GPU
//   old-driver     the driver cannot compile the kernels
//   lost-at:N      launch N and all later ones fail: the GPU is lost
//   ecc-at:N       launch N ends with a memory error
//   hang-at:N      launch N never ends
//   die-at:N       the process ends at launch N
//   wrong-at:N     launch N and all later ones count one hit too many
//
// With "-when:FILE" instead of "-at:N" the fault begins when that file exists.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/gpu/launch_on_cpu.h"

namespace {

using namespace pi::gpu;

constexpr int kSuccess = 0, kNoDevice = 100, kBadDevice = 101, kEcc = 214, kOldDriver = 222,
              kNotReady = 600, kLaunchFailed = 719;
constexpr int kDevices = 2;
constexpr char kKernels[][12] = {"countRandom", "countNets"};

std::atomic<int> launches = 0;

std::string fault() {
  const char* text = std::getenv("PI_FAKE_CUDA");
  return text == nullptr ? "" : text;
}

// The fault without this prefix; empty if it is another one.
std::string behind(const std::string& prefix) {
  std::string whole = fault();
  return whole.starts_with(prefix) ? whole.substr(prefix.size()) : "";
}

bool hasBegun(const std::string& name) {
  if (std::string file = behind(name + "-when:"); !file.empty()) {
    return ::access(file.c_str(), F_OK) == 0;
  }
  std::string first = behind(name + "-at:");
  return !first.empty() && launches >= std::atoi(first.c_str());
}

int deviceCount() {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible == nullptr) return kDevices;
  std::string_view list = visible;
  return list.empty() ? 0 : 1 + static_cast<int>(std::count(list.begin(), list.end(), ','));
}

int afterLaunch() {
  if (hasBegun("lost")) return kLaunchFailed;
  if (hasBegun("ecc")) return kEcc;
  return hasBegun("hang") ? kNotReady : kSuccess;
}

}  // namespace

extern "C" {

int cuInit(unsigned) { return fault() == "no-device" ? kNoDevice : kSuccess; }
int cuDriverGetVersion(int* version) { return *version = 12'040, kSuccess; }
int cuDeviceGetCount(int* count) { return *count = deviceCount(), kSuccess; }
int cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return ordinal < deviceCount() ? kSuccess : kBadDevice;
}
int cuDeviceGetName(char* name, int bytes, int) {
  return std::strncpy(name, "Fake H200", static_cast<std::size_t>(bytes)), kSuccess;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 13 ? 1'980'000 : attribute == 16 ? 132 : attribute == 75 ? 9 : 0;
  return kSuccess;
}
int cuDevicePrimaryCtxSetFlags_v2(int, unsigned) { return kSuccess; }
int cuDevicePrimaryCtxRetain(void** context, int) { return *context = &launches, kSuccess; }
int cuCtxSetCurrent(void*) { return kSuccess; }
int cuModuleLoadData(void** module, const void*) {
  *module = &launches;
  return fault() == "old-driver" ? kOldDriver : kSuccess;
}
int cuModuleGetFunction(void** function, void*, const char* name) {
  for (const char* kernel : kKernels) {
    if (std::strcmp(kernel, name) == 0) *function = const_cast<char*>(kernel);
  }
  return kSuccess;
}
int cuMemAlloc_v2(unsigned long long* address, std::size_t bytes) {
  *address = reinterpret_cast<unsigned long long>(std::malloc(bytes));
  return kSuccess;
}
int cuMemHostAlloc(void** memory, std::size_t bytes, unsigned) {
  return *memory = std::malloc(bytes), kSuccess;
}
int cuMemsetD8Async(unsigned long long address, unsigned char value, std::size_t bytes, void*) {
  return std::memset(reinterpret_cast<void*>(address), value, bytes), kSuccess;
}
int cuMemcpyDtoHAsync_v2(void* to, unsigned long long from, std::size_t bytes, void*) {
  return std::memcpy(to, reinterpret_cast<void*>(from), bytes), kSuccess;
}
int cuStreamCreate(void** stream, unsigned) { return *stream = &launches, kSuccess; }
int cuEventCreate(void** event, unsigned) { return *event = &launches, kSuccess; }
int cuEventRecord(void*, void*) { return kSuccess; }
int cuEventQuery(void*) { return afterLaunch(); }
int cuEventSynchronize(void*) {
  while (hasBegun("hang")) ::pause();
  return afterLaunch();
}
int cuLaunchKernel(void* function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                   unsigned, void*, void** arguments, void**) {
  ++launches;
  auto* hits = reinterpret_cast<std::uint64_t*>(*static_cast<unsigned long long*>(arguments[1]));
  if (hasBegun("die")) std::_Exit(1);
  if (hasBegun("lost")) return kLaunchFailed;
  if (function == kKernels[0]) {
    countOnCpu(*static_cast<const RandomLaunch*>(arguments[0]), hits);
  } else {
    countOnCpu(*static_cast<const NetsLaunch*>(arguments[0]), hits);
  }
  if (hasBegun("wrong")) ++hits[0];
  return kSuccess;
}
int cuGetErrorName(int, const char** name) { return *name = "CUDA_ERROR_FAKE", kSuccess; }
int cuGetErrorString(int, const char** text) { return *text = "a fake error", kSuccess; }

}  // extern "C"
