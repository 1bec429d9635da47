#include <array>

#include "worker/kernels/kernel.h"
#include "worker/kernels/portable.h"

namespace pi::kernels {

std::span<const Kernel> all() {
  static constexpr std::array kKernels{kPortable};
  return kKernels;
}

const Kernel& best() {
  for (const Kernel& kernel : all()) {
    if (kernel.isSupported()) return kernel;
  }
  return all().back();
}

const Kernel* find(std::string_view name) {
  for (const Kernel& kernel : all()) {
    if (kernel.name == name) return &kernel;
  }
  return nullptr;
}

}  // namespace pi::kernels
