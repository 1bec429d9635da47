#include "scheduler/start_place.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "scheduler/file_options.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWorker = "pi-worker";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The file that programs use without options and without variables of the environment: those of
// this process may be unknown to the shell in which a worker is started.
fs::path usualConnectionFile() {
  return fs::path(environment("HOME")) / ".local" / "state" / "pi" / "scheduler.json";
}

bool isInPath(const std::string& name) {
  const std::string path = environment("PATH");
  std::string_view rest = path;
  while (!rest.empty()) {
    std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    std::error_code ignored;
    if (!folder.empty() && fs::exists(fs::path(folder) / name, ignored)) return true;
  }
  return false;
}

// The folder of this program; empty if it is unknown.
fs::path ownFolder() {
  std::error_code unknown;
  fs::path own = fs::read_symlink("/proc/self/exe", unknown);
  return unknown ? fs::path() : own.parent_path();
}

}  // namespace

http::StartPlace startPlaceOf(const ServeOptions& options) {
  http::StartPlace place{.needsCertificates = options.access.certificates.has_value()};
  fs::path file = connectionFileOf(options);
  if (file != usualConnectionFile()) place.connectionFile = file.string();
  const fs::path folder = ownFolder();
  std::error_code ignored;
  if (!isInPath(kWorker) && fs::exists(folder / kWorker, ignored)) place.folder = folder.string();
  // In an installation, and in the tree of the sources.
  for (const char* script :
       {"../share/pi/slurm/worker.sbatch", "../../../scripts/slurm/worker.sbatch"}) {
    fs::path path = (folder / script).lexically_normal();
    if (!folder.empty() && fs::exists(path, ignored)) {
      place.batchScript = path.string();
      break;
    }
  }
  return place;
}

}  // namespace pi::scheduler
