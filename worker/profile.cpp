#include "worker/profile.h"

#include <unistd.h>

#include "common/net/transport/interfaces.h"
#include "worker/affinity.h"
#include "worker/batch_job.h"
#include "worker/speed.h"

namespace pi::worker {

WorkerProfile describeWorker(const std::string& name, std::uint32_t threads,
                             const kernels::Kernel& kernel) {
  WorkerProfile profile;
  profile.host = net::hostName();
  profile.pid = static_cast<std::uint32_t>(::getpid());
  profile.name = name.empty() ? profile.host + "-" + std::to_string(profile.pid) : name;
  profile.threads = threads == 0 ? usableCpus() : threads;
  profile.kernel = kernel.name;
  profile.samplesPerSecond = measureSpeed(kernel) * profile.threads;
  profile.batchJob = batchJob();
  return profile;
}

}  // namespace pi::worker
