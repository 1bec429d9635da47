// The description of a worker that runs in this process.
#pragma once

#include <cstdint>
#include <string>

#include "common/model/worker_info.h"
#include "worker/kernels/kernel.h"

namespace pi::worker {

// Measures the speed of the kernel, which takes a few milliseconds.  An empty name means host and
// process id; no threads mean as many as there are usable CPUs.
WorkerProfile describeWorker(const std::string& name, std::uint32_t threads,
                             const kernels::Kernel& kernel);

}  // namespace pi::worker
