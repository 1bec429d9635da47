#include "worker/gpu/gpu.h"

#include <cstring>

#include "worker/gpu/image.h"
#include "worker/gpu/launch.h"

namespace pi::gpu {
namespace {

constexpr std::size_t kSumsBytes = sizeof(Answer::hits);

}  // namespace

Hello describe(Driver& driver, int number) {
  Hello hello{};
  hello.version = kMessageVersion;
  hello.gpuCount = static_cast<std::uint32_t>(driver.deviceCount());
  hello.driverMajor = static_cast<std::uint32_t>(driver.version() / 1000);
  hello.driverMinor = static_cast<std::uint32_t>(driver.version() % 1000 / 10);
  int device = 0, kilohertz = 0, count = 0, major = 0, minor = 0;
  auto attribute = [&](int& value, int which) {
    return driver.did(driver.cuDeviceGetAttribute(&value, which, device), "describe the GPU");
  };
  bool isUsable = driver.did(driver.cuDeviceGet(&device, number), "use the GPU") &&
                  driver.did(driver.cuDeviceGetName(hello.name, sizeof hello.name - 1, device),
                             "name the GPU") &&
                  attribute(kilohertz, kClockKilohertz) && attribute(count, kMultiprocessors) &&
                  attribute(major, kCapabilityMajor) && attribute(minor, kCapabilityMinor);
  if (!isUsable) return hello;
  hello.isUsable = 1;
  hello.multiprocessors = static_cast<std::uint32_t>(count);
  hello.clockMegahertz = static_cast<std::uint32_t>(kilohertz / 1000);
  hello.capabilityMajor = static_cast<std::uint32_t>(major);
  hello.capabilityMinor = static_cast<std::uint32_t>(minor);
  return hello;
}

bool Gpu::open(int number) {
  int device = 0;
  Handle context = nullptr, module = nullptr;
  bool isOpen =
      driver_.did(driver_.cuDeviceGet(&device, number), "use the GPU") &&
      driver_.did(driver_.cuDevicePrimaryCtxSetFlags(device, kContextSleeps), "set up the GPU") &&
      driver_.did(driver_.cuDevicePrimaryCtxRetain(&context, device), "use the GPU") &&
      driver_.did(driver_.cuCtxSetCurrent(context), "use the GPU") &&
      driver_.did(driver_.cuModuleLoadData(&module, kImage), "load the kernels") &&
      driver_.did(driver_.cuModuleGetFunction(&random_, module, kRandomKernel), "find a kernel") &&
      driver_.did(driver_.cuModuleGetFunction(&nets_, module, kNetsKernel), "find a kernel");
  for (Lane& lane : lanes_) isOpen = isOpen && makeLane(lane);
  return isOpen;
}

bool Gpu::makeLane(Lane& lane) {
  void* hits = nullptr;
  bool isMade =
      driver_.did(driver_.cuStreamCreate(&lane.stream, kStreamIsIndependent), "set up the GPU") &&
      driver_.did(driver_.cuEventCreate(&lane.ended, kEventSleeps), "set up the GPU") &&
      driver_.did(driver_.cuMemAlloc(&lane.sums, kSumsBytes), "get memory on the GPU") &&
      driver_.did(driver_.cuMemHostAlloc(&hits, kSumsBytes, 0), "get memory for the GPU");
  lane.hits = static_cast<std::uint64_t*>(hits);
  return isMade;
}

bool Gpu::start(int lane, const Request& request) {
  Lane& on = lanes_[lane];
  on.isBusy = true;
  RandomLaunch random{request.seed, request.first, static_cast<std::uint32_t>(request.count)};
  NetsLaunch nets{request.seed, request.first, request.level,
                  static_cast<std::uint32_t>(request.count)};
  const bool isRandom = request.work == Work::kRandom;
  const std::uint64_t threads = isRandom ? threadsOf(random) : threadsOf(nets);
  const auto groups = static_cast<unsigned>((threads + kGroupThreads - 1) / kGroupThreads);
  void* arguments[] = {isRandom ? static_cast<void*>(&random) : &nets, &on.sums};
  return driver_.did(driver_.cuMemsetD8Async(on.sums, 0, kSumsBytes, on.stream),
                     "clear the hits") &&
         driver_.did(driver_.cuLaunchKernel(isRandom ? random_ : nets_, groups, 1, 1, kGroupThreads,
                                            1, 1, 0, on.stream, arguments, nullptr),
                     "start a kernel") &&
         driver_.did(driver_.cuMemcpyDtoHAsync(on.hits, on.sums, kSumsBytes, on.stream),
                     "copy the hits") &&
         driver_.did(driver_.cuEventRecord(on.ended, on.stream), "watch a kernel");
}

bool Gpu::look(int lane, bool& hasEnded) {
  const int result = driver_.cuEventQuery(lanes_[lane].ended);
  hasEnded = result == kSuccess;
  return result == kNotReady || driver_.did(result, "finish a kernel");
}

bool Gpu::wait(int lane) {
  return driver_.did(driver_.cuEventSynchronize(lanes_[lane].ended), "finish a kernel");
}

Answer Gpu::take(int lane) {
  Answer answer{};
  std::memcpy(answer.hits, lanes_[lane].hits, sizeof answer.hits);
  lanes_[lane].isBusy = false;
  return answer;
}

}  // namespace pi::gpu
