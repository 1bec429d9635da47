// The child process pi-worker-gpu, which counts on one GPU for this worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "worker/devices/compute_unit.h"
#include "worker/gpu/messages.h"

namespace pi::worker {

// No GPU can be used.  what() is a sentence: why, and what to do.
class NoGpu : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct GpuInfo {
  std::optional<std::string> failure;  // Why it cannot be used.
  std::string name;
  std::uint32_t multiprocessors = 0;
  std::uint32_t clockMegahertz = 0;
  std::string capability;  // "9.0"
  std::string driver;      // The newest version of CUDA that it supports: "13.0".
};

// The GPUs that this process may use.  Throws NoGpu if there are none.
std::vector<GpuInfo> listGpus();

// A launch takes a tenth of a second.  Several workers may share the GPU.
inline constexpr Duration kLongestLaunch = std::chrono::seconds(30);

class GpuProcess {
 public:
  // Starts the child for the GPU of this number, in the order of listGpus().  Takes some seconds at
  // most.  Throws NoGpu.  A launch that takes longer than `launchMax` does not end.
  explicit GpuProcess(std::uint32_t number, Duration launchMax = kLongestLaunch);
  GpuProcess(const GpuProcess&) = delete;
  GpuProcess& operator=(const GpuProcess&) = delete;
  // Ends the child.
  ~GpuProcess();

  const GpuInfo& info() const { return info_; }
  std::string name() const;  // For people: "gpu:0 (NVIDIA H200)".

  // The hits of a request.  Each lane is used by one thread.  Throws DeviceLost.
  Hits count(int lane, const gpu::Request& request);

 private:
  struct Process;

  DeviceLost lost(const std::string& reason);

  std::uint32_t number_;
  Duration launchMax_;
  GpuInfo info_;
  std::unique_ptr<Process> process_;
};

}  // namespace pi::worker
