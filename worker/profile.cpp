#include "worker/profile.h"

#include <unistd.h>

#include "common/net/transport/interfaces.h"
#include "worker/batch_job.h"

namespace pi::worker {

WorkerProfile describeWorker(const std::string& name, const Devices& devices,
                             const kernels::Kernel& kernel) {
  WorkerProfile profile;
  profile.host = net::hostName();
  profile.pid = static_cast<std::uint32_t>(::getpid());
  profile.name = name.empty() ? profile.host + "-" + std::to_string(profile.pid) : name;
  profile.threads = devices.threads;
  profile.kernel = kernel.name;
  profile.samplesPerSecond = devices.samplesPerSecond;
  profile.devices = devices.names;
  profile.batchJob = batchJob();
  return profile;
}

}  // namespace pi::worker
