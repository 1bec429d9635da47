#include "worker/gpu/driver.h"

#include <dlfcn.h>

#include <cstdio>

namespace pi::gpu {
namespace {

constexpr char kLibrary[] = "libcuda.so.1";

// The errors of the driver that a user can do something about.
struct Remedy {
  int error;
  const char* sentence;
};
constexpr Remedy kRemedies[] = {
    {2, "there is not enough memory: another program uses the GPU's, or ulimit -v is low"},
    {3, "the driver is not started"},
    {35, "the driver is older than this program needs; install a newer one"},
    {46, "another program uses it exclusively; use another GPU"},
    {kNoDevice, "no GPU is visible; look at nvidia-smi and CUDA_VISIBLE_DEVICES"},
    {101, "there is no GPU of this number; look at 'pi-worker --device list'"},
    {200,
     "the driver is older than the kernels in pi-worker-gpu need, or these are damaged; "
     "install a newer driver"},
    {209,
     "pi-worker-gpu has no kernels for a GPU of this age; it needs compute capability 8.0 or "
     "later"},
    {214,
     "its memory has an error that cannot be corrected (ECC); the GPU needs a reset or a "
     "repair"},
    {218, "the driver cannot compile the kernels for this GPU; install a newer driver"},
    {222, "the driver is too old to compile the kernels for this GPU; install a newer one"},
    {700, "the kernel used memory that it does not have, which is a bug or a broken GPU"},
    {702, "a kernel ran into the time limit of this GPU, which drives a screen; use another GPU"},
    {719, "the kernel failed on it; look at the system's log for 'Xid'"},
    {802, "the system is not ready; look at the service nvidia-fabricmanager"},
    {803, "the driver and its library are of different versions; restart the machine"},
    {804, "its library does not belong to this driver; look at LD_LIBRARY_PATH"},
    {999, "the reason is unknown; look at nvidia-smi and whether nvidia-uvm is loaded"},
};

const char* remedyOf(int error) {
  for (const Remedy& each : kRemedies) {
    if (each.error == error) return each.sentence;
  }
  return nullptr;
}

}  // namespace

bool Driver::did(int result, const char* doing) {
  if (result == kSuccess) return true;
  const char* name = nullptr;
  const char* text = remedyOf(result);
  if (cuGetErrorName == nullptr || cuGetErrorName(result, &name) != kSuccess) name = "unknown";
  if (text == nullptr && cuGetErrorString != nullptr) cuGetErrorString(result, &text);
  std::snprintf(reason_, sizeof reason_, "the driver cannot %s: %s (error %d, %s)", doing,
                text == nullptr ? "it does not say why" : text, result, name);
  return false;
}

template <typename Function>
bool Driver::find(void* library, Function& function, const char* name) {
  void* address = dlsym(library, name);
  function = reinterpret_cast<Function>(address);
  if (address != nullptr) return true;
  std::snprintf(reason_, sizeof reason_,
                "the NVIDIA driver is too old: %s has no %s; install a newer one", kLibrary, name);
  return false;
}

bool Driver::load() {
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::snprintf(reason_, sizeof reason_,
                  "there is no NVIDIA driver on this machine (%s cannot be opened); use a node "
                  "with a GPU, or --device cpu",
                  kLibrary);
    return false;
  }
  // Some functions have a second version, under another name.
  return find(library, cuInit, "cuInit") &&
         find(library, cuDriverGetVersion, "cuDriverGetVersion") &&
         find(library, cuDeviceGetCount, "cuDeviceGetCount") &&
         find(library, cuDeviceGet, "cuDeviceGet") &&
         find(library, cuDeviceGetName, "cuDeviceGetName") &&
         find(library, cuDeviceGetAttribute, "cuDeviceGetAttribute") &&
         find(library, cuDevicePrimaryCtxSetFlags, "cuDevicePrimaryCtxSetFlags_v2") &&
         find(library, cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain") &&
         find(library, cuCtxSetCurrent, "cuCtxSetCurrent") &&
         find(library, cuModuleLoadData, "cuModuleLoadData") &&
         find(library, cuModuleGetFunction, "cuModuleGetFunction") &&
         find(library, cuMemAlloc, "cuMemAlloc_v2") &&
         find(library, cuMemHostAlloc, "cuMemHostAlloc") &&
         find(library, cuMemsetD8Async, "cuMemsetD8Async") &&
         find(library, cuMemcpyDtoHAsync, "cuMemcpyDtoHAsync_v2") &&
         find(library, cuStreamCreate, "cuStreamCreate") &&
         find(library, cuEventCreate, "cuEventCreate") &&
         find(library, cuEventRecord, "cuEventRecord") &&
         find(library, cuEventQuery, "cuEventQuery") &&
         find(library, cuEventSynchronize, "cuEventSynchronize") &&
         find(library, cuLaunchKernel, "cuLaunchKernel") &&
         find(library, cuGetErrorName, "cuGetErrorName") &&
         find(library, cuGetErrorString, "cuGetErrorString");
}

bool Driver::start() {
  return load() && did(cuInit(0), "start") &&
         did(cuDriverGetVersion(&version_), "tell its version") &&
         did(cuDeviceGetCount(&deviceCount_), "count the GPUs") &&
         did(deviceCount_ == 0 ? kNoDevice : kSuccess, "find a GPU");
}

}  // namespace pi::gpu
