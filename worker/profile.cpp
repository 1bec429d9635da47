#include "worker/profile.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "common/base/printable.h"
#include "common/model/limits.h"
#include "common/net/transport/interfaces.h"
#include "worker/batch_job.h"

namespace pi::worker {
namespace {

// A scheduler that starts a worker tells it so.
std::string allocation() {
  const char* named = std::getenv("PI_ALLOCATION");
  return std::string(frontOf(printable(named == nullptr ? "" : named), kProfileTextBytesMax));
}

}  // namespace

WorkerProfile describeWorker(const std::string& name, const Devices& devices,
                             const kernels::Kernel& kernel) {
  WorkerProfile profile;
  profile.host = net::hostName();
  profile.pid = static_cast<std::uint32_t>(::getpid());
  profile.name = name.empty() ? profile.host + "-" + std::to_string(profile.pid) : name;
  profile.threads = devices.threads;
  profile.cpuThreads = devices.cpuThreads;
  profile.kernel = kernel.name;
  profile.samplesPerSecond = devices.samplesPerSecond;
  profile.devices = devices.names;
  profile.batchJob = batchJob();
  profile.allocation = allocation();
  return profile;
}

}  // namespace pi::worker
