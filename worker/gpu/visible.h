// Which GPUs this process may use.
#pragma once

namespace pi::gpu {

// The driver honours CUDA_VISIBLE_DEVICES.  Where only the batch system says which GPUs this job
// has, this sets the variable so.  Call it before the driver is started.
void useGrantedGpus();

}  // namespace pi::gpu
