#include "scheduler/allocation/provider/providers.h"

#include <unistd.h>

#include <cstdlib>
#include <system_error>
#include <vector>

#include "common/base/check.h"
#include "scheduler/allocation/provider/local_provider.h"
#include "scheduler/allocation/provider/slurm_provider.h"

namespace pi::allocation {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> ownEnvironment() {
  std::vector<std::string> all;
  for (char** each = ::environ; each != nullptr && *each != nullptr; ++each)
    all.emplace_back(*each);
  return all;
}

// $PI_WORKER, else the one beside this program, else the one in the PATH (an empty text).
std::string workerPath() {
  const char* named = std::getenv("PI_WORKER");
  if (named != nullptr && *named != '\0') return named;
  std::error_code error;
  fs::path own = fs::read_symlink("/proc/self/exe", error);
  fs::path worker = own.parent_path() / "pi-worker";
  bool isThere = !error && ::access(worker.c_str(), X_OK) == 0;
  return isThere ? worker.string() : "";
}

}  // namespace

std::unique_ptr<AllocationProvider> makeProvider(net::KjLoop& loop, const std::string& system,
                                                 const fs::path& connectionFile) {
  fs::path file = fs::absolute(connectionFile);
  WorkerStart start{.worker = workerPath(),
                    .connectionFile = file.string(),
                    .logFolder = (file.parent_path() / "worker-logs").string()};
  if (system == "local") return std::make_unique<LocalProvider>(start, ownEnvironment());
  PI_CHECK(system == "slurm");
  return std::make_unique<SlurmProvider>(loop, start, ownEnvironment());
}

}  // namespace pi::allocation
