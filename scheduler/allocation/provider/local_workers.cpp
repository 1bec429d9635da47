#include "scheduler/allocation/provider/local_workers.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

#include "scheduler/allocation/text/local_command.h"

namespace pi::allocation {

namespace fs = std::filesystem;

namespace {

std::string contentOf(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<pid_t> pidIn(const std::string& name) {
  pid_t pid = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc{} || end != name.data() + name.size() || pid <= 0) return std::nullopt;
  return pid;
}

// pi-worker lets no process look into it, so the owner of its files in /proc is root.
bool isOurs(const fs::path& process) {
  constexpr std::string_view kMark = "\nUid:\t";
  std::string status = contentOf(process / "status");
  auto at = status.find(kMark);
  if (at == status.npos) return false;
  uid_t user = 0;
  std::from_chars(status.data() + at + kMark.size(), status.data() + status.size(), user);
  return user == ::getuid();
}

// Empty if the process is no worker of this user.  The command line of one that has ended and is
// not reaped is empty, too.
std::string allocationOf(pid_t pid) {
  fs::path process = fs::path("/proc") / std::to_string(pid);
  std::optional<std::string> name = allocationIn(contentOf(process / "cmdline"));
  return name && isOurs(process) ? *name : "";
}

}  // namespace

std::vector<LocalWorker> localWorkers() {
  std::vector<LocalWorker> workers;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    std::optional<pid_t> pid = pidIn(entry->path().filename());
    if (!pid) continue;
    std::string allocation = allocationOf(*pid);
    if (!allocation.empty()) workers.push_back({*pid, std::move(allocation)});
  }
  return workers;
}

void signalWorker(const LocalWorker& worker, int signal) {
  // As long as the descriptor is open, no other process is meant by it.
  int process = static_cast<int>(::syscall(SYS_pidfd_open, worker.pid, 0));
  if (process < 0) return;
  if (allocationOf(worker.pid) == worker.allocation) {
    ::syscall(SYS_pidfd_send_signal, process, signal, nullptr, 0);
  }
  ::close(process);
}

}  // namespace pi::allocation
