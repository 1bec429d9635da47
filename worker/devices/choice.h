// Which devices a worker is asked to use: the option --device.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/quantity.h"

namespace pi::worker {

struct DeviceChoice {
  enum class Kind : std::uint8_t {
    kAuto,  // The CPUs, and all GPUs that can be used.
    kCpu,
    kGpu,   // GPUs alone.
    kList,  // None: only show what there is.
  };
  Kind kind = Kind::kAuto;
  std::vector<std::uint32_t> gpus{};  // With kGpu: these; empty for all.
  bool operator==(const DeviceChoice&) const = default;
};

// auto, cpu, none (no GPU, like cpu), gpu, gpu:0,1 or list.
Parsed<DeviceChoice> parseDevices(std::string_view text);

}  // namespace pi::worker
