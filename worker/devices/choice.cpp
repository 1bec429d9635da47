#include "worker/devices/choice.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "common/base/printable.h"

namespace pi::worker {
namespace {

constexpr std::string_view kGpuPrefix = "gpu:";
constexpr std::uint32_t kGpuNumberMax = 1023;

std::optional<std::uint32_t> numberIn(std::string_view text) {
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool isWhole = error == std::errc{} && end == text.data() + text.size();
  if (!isWhole || number > kGpuNumberMax) return std::nullopt;
  return number;
}

}  // namespace

Parsed<DeviceChoice> parseDevices(std::string_view text) {
  using Kind = DeviceChoice::Kind;
  if (text == "auto") return {.value = DeviceChoice{.kind = Kind::kAuto}};
  if (text == "cpu" || text == "none") return {.value = DeviceChoice{.kind = Kind::kCpu}};
  if (text == "gpu") return {.value = DeviceChoice{.kind = Kind::kGpu}};
  if (text == "list") return {.value = DeviceChoice{.kind = Kind::kList}};
  if (!text.starts_with(kGpuPrefix)) {
    return {.error = quoted(text) + " is none of auto, cpu, gpu, gpu:0,1, none, list"};
  }
  DeviceChoice choice{.kind = Kind::kGpu};
  std::string_view rest = text.substr(kGpuPrefix.size());
  for (bool isLast = false; !isLast;) {
    std::size_t comma = rest.find(',');
    isLast = comma == rest.npos;
    std::optional<std::uint32_t> number = numberIn(rest.substr(0, comma));
    if (!number) return {.error = quoted(text) + " has no list of GPUs, such as gpu:0,1"};
    if (std::ranges::count(choice.gpus, *number) > 0) {
      return {.error = quoted(text) + " names GPU " + std::to_string(*number) + " twice"};
    }
    choice.gpus.push_back(*number);
    if (!isLast) rest.remove_prefix(comma + 1);
  }
  return {.value = choice};
}

}  // namespace pi::worker
