#include "worker/devices/devices.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/limits.h"
#include "worker/devices/gpu_process.h"
#include "worker/devices/gpu_unit.h"
#include "worker/devices/self_test.h"
#include "worker/speed.h"

namespace pi::worker {
namespace {

struct OpenGpu {
  std::shared_ptr<GpuProcess> process;
  std::uint64_t speed = 0;  // In samples per second.
};
using Gpus = std::vector<OpenGpu>;

std::vector<std::uint32_t> chosenGpus(const DeviceChoice& choice) {
  std::size_t present = listGpus().size();
  std::vector<std::uint32_t> numbers = choice.gpus;
  for (std::uint32_t number : numbers) {
    if (number >= present) {
      throw NoGpu("there is no gpu:" + std::to_string(number) +
                  "; 'pi-worker --device list' shows those that this process may use");
    }
  }
  for (std::uint32_t i = 0; numbers.size() < present && choice.gpus.empty(); ++i) {
    numbers.push_back(i);
  }
  return numbers;
}

OpenGpu openGpu(std::uint32_t number, const kernels::Kernel& kernel) {
  auto gpu = std::make_shared<GpuProcess>(number);
  try {
    if (computesLike(*gpu, kernel)) return {.process = gpu, .speed = measureSpeed(*gpu)};
  } catch (const DeviceLost& loss) {
    throw NoGpu(loss.what());
  }
  throw NoGpu(gpu->name() +
              " gives wrong results; do not trust it, and leave it out with --device");
}

Gpus openGpus(const DeviceChoice& choice, const kernels::Kernel& kernel) {
  Gpus gpus;
  if (choice.kind == DeviceChoice::Kind::kCpu) return gpus;
  bool isAuto = choice.kind == DeviceChoice::Kind::kAuto;
  try {
    for (std::uint32_t number : chosenGpus(choice)) {
      try {
        gpus.push_back(openGpu(number, kernel));
      } catch (const NoGpu& failure) {
        if (!isAuto) throw;
        spdlog::warn("{}; going on without it", failure.what());
      }
    }
  } catch (const NoGpu& failure) {
    if (!isAuto) throw;
    spdlog::info("computing on the CPU alone: {}", failure.what());
  }
  return gpus;
}

void append(ComputeUnits& units, ComputeUnits more) {
  for (auto& unit : more) units.push_back(std::move(unit));
}

// "cpu, 2 x NVIDIA H200"
std::string namesOf(bool hasCpu, const Gpus& gpus) {
  std::map<std::string, int> counts;
  for (const OpenGpu& gpu : gpus) ++counts[gpu.process->info().name];
  std::string names = hasCpu ? "cpu" : "";
  for (const auto& [name, count] : counts) {
    names += names.empty() ? "" : ", ";
    names += count > 1 ? std::to_string(count) + " x " + name : name;
  }
  return names;
}

}  // namespace

Devices cpuDevices(const kernels::Kernel& kernel, std::uint32_t threads) {
  std::uint64_t speed = measureSpeed(kernel, threads);
  double share = static_cast<double>(speed) / threads;
  return {.units = cpuUnits(kernel.compute, threads, share),
          .threads = threads,
          .cpuThreads = threads,
          .samplesPerSecond = speed,
          .names = "cpu"};
}

Devices openDevices(const DeviceChoice& choice, const kernels::Kernel& kernel,
                    std::uint32_t threads) {
  Gpus gpus = openGpus(choice, kernel);
  bool hasCpu = choice.kind != DeviceChoice::Kind::kGpu;
  Devices devices = hasCpu ? cpuDevices(kernel, threads) : Devices{};
  for (const OpenGpu& gpu : gpus) {
    spdlog::info("{}: {}", gpu.process->name(), rateText(gpu.speed));
    devices.samplesPerSecond += gpu.speed;
    append(devices.units, gpuUnits(gpu.process, kernel.compute, static_cast<double>(gpu.speed)));
  }
  if (!hasCpu) devices.threads = static_cast<std::uint32_t>(devices.units.size());
  devices.names = std::string(frontOf(printable(namesOf(hasCpu, gpus)), kProfileTextBytesMax));
  return devices;
}

std::string deviceList(const kernels::Kernel& kernel, std::uint32_t threads) {
  std::string text =
      "cpu    " + countText(threads, "thread") + ", kernel " + std::string(kernel.name) + "\n";
  try {
    std::size_t number = 0;
    for (const GpuInfo& gpu : listGpus()) {
      text += "gpu:" + std::to_string(number++) + "  ";
      if (gpu.failure) {
        text += *gpu.failure + "\n";
        continue;
      }
      text += gpu.name + ", " + countText(gpu.multiprocessors, "multiprocessor") +
              ", compute capability " + gpu.capability + ", the driver supports CUDA " +
              gpu.driver + "\n";
    }
  } catch (const NoGpu& failure) {
    text += "no GPU: " + std::string(failure.what()) + "\n";
  }
  return text;
}

}  // namespace pi::worker
