#include "worker/gpu/visible.h"

#include <cstdlib>

namespace pi::gpu {

void useGrantedGpus() {
  if (std::getenv("CUDA_VISIBLE_DEVICES") != nullptr) return;
  constexpr const char* kVariables[] = {"SLURM_STEP_GPUS", "SLURM_JOB_GPUS", "GPU_DEVICE_ORDINAL"};
  for (const char* variable : kVariables) {
    const char* granted = std::getenv(variable);
    if (granted == nullptr || *granted == '\0') continue;
    ::setenv("CUDA_VISIBLE_DEVICES", granted, 1);
    ::setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", 0);  // Slurm's order.
    return;
  }
}

}  // namespace pi::gpu
