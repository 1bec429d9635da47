// The description of a worker that runs in this process.
#pragma once

#include <string>

#include "common/model/worker_info.h"
#include "worker/devices/devices.h"
#include "worker/kernels/kernel.h"

namespace pi::worker {

// An empty name means host and process id.
WorkerProfile describeWorker(const std::string& name, const Devices& devices,
                             const kernels::Kernel& kernel);

}  // namespace pi::worker
