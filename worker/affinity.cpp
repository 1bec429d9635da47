#include "worker/affinity.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <thread>

#include "common/net/transport/interfaces.h"
#include "worker/batch_job.h"

namespace pi::worker {
namespace {

constexpr int kCpusMax = 1 << 16;  // Larger affinity masks are not read.

// Empty if the file cannot be read.
std::string contentOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Removes the text before `separator`, and the separator, from the front; returns that text.
std::string_view takeUntil(std::string_view& text, char separator) {
  std::size_t length = std::min(text.find(separator), text.size());
  std::string_view taken = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return taken;
}

// Zero if the text does not begin with a positive number.
std::int64_t positiveFrom(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::max<std::int64_t>(value, 0);
}

bool namesCpu(std::string_view controllers) {
  while (!controllers.empty()) {
    if (takeUntil(controllers, ',') == "cpu") return true;
  }
  return false;
}

double strictestQuota() {
  const std::string root = "/sys/fs/cgroup";
  double strictest = std::numeric_limits<double>::infinity();
  for (const CpuCgroup& cgroup : cpuCgroups(contentOf("/proc/self/cgroup"))) {
    for (const std::string& path : enclosingPaths(cgroup.path)) {
      std::string folder = root;
      folder.append("/").append(cgroup.controllers).append(path);
      std::optional<double> quota = cgroup.controllers.empty()
                                        ? quotaOf(contentOf(folder + "/cpu.max"))
                                        : quotaOf(contentOf(folder + "/cpu.cfs_quota_us"),
                                                  contentOf(folder + "/cpu.cfs_period_us"));
      if (quota) strictest = std::min(strictest, *quota);
    }
  }
  return strictest;
}

}  // namespace

std::vector<int> allowedCpus() {
  // The system refuses a mask that is smaller than its own, and does not tell the size of its own.
  for (int size = CPU_SETSIZE; size <= kCpusMax; size *= 2) {
    std::vector<cpu_set_t> sets(static_cast<std::size_t>(size / CPU_SETSIZE));
    std::size_t bytes = sets.size() * sizeof(cpu_set_t);
    if (sched_getaffinity(0, bytes, sets.data()) != 0) continue;
    std::vector<int> cpus;
    for (int cpu = 0; cpu < size; ++cpu) {
      if (CPU_ISSET_S(static_cast<std::size_t>(cpu), bytes, sets.data())) cpus.push_back(cpu);
    }
    return cpus;
  }
  return {};
}

void pinThisThread(int cpu) {
  std::vector<cpu_set_t> sets(static_cast<std::size_t>(cpu / CPU_SETSIZE + 1));
  std::size_t bytes = sets.size() * sizeof(cpu_set_t);
  CPU_SET_S(static_cast<std::size_t>(cpu), bytes, sets.data());
  sched_setaffinity(0, bytes, sets.data());  // Failing is harmless.
}

std::uint32_t usableCpus() {
  std::size_t online = std::thread::hardware_concurrency();
  std::size_t allowed = allowedCpus().size();
  if (allowed == 0) allowed = online;
  return cpusToUse({.online = online,
                    .allowed = allowed,
                    .quota = strictestQuota(),
                    .granted = batchCpus(net::hostName())});
}

std::uint32_t cpusToUse(const CpuLimits& limits) {
  auto allowed = static_cast<double>(limits.allowed);
  double usable = std::min(allowed, std::ceil(limits.quota));
  bool isConfined = limits.allowed < limits.online || usable < allowed;
  if (!isConfined && limits.granted) usable = std::min<double>(usable, *limits.granted);
  return static_cast<std::uint32_t>(std::max(usable, 1.0));
}

std::vector<int> cpusToPin(std::uint32_t threads, std::vector<int> allowed) {
  if (threads < 2 || allowed.size() != threads) allowed.clear();
  return allowed;
}

std::optional<double> quotaOf(std::string_view cpuMax) {
  std::string_view quota = takeUntil(cpuMax, ' ');
  return quotaOf(quota, cpuMax);
}

std::optional<double> quotaOf(std::string_view quota, std::string_view period) {
  auto used = static_cast<double>(positiveFrom(quota));
  auto whole = static_cast<double>(positiveFrom(period));
  if (used == 0 || whole == 0) return std::nullopt;
  return used / whole;
}

std::vector<CpuCgroup> cpuCgroups(std::string_view procSelfCgroup) {
  std::vector<CpuCgroup> cgroups;
  while (!procSelfCgroup.empty()) {
    std::string_view line = takeUntil(procSelfCgroup, '\n');
    std::string_view hierarchy = takeUntil(line, ':');
    std::string_view controllers = takeUntil(line, ':');
    bool isVersion2 = hierarchy == "0" && controllers.empty();
    if (!line.starts_with('/') || !(isVersion2 || namesCpu(controllers))) continue;
    cgroups.push_back({.controllers = std::string(controllers), .path = std::string(line)});
  }
  return cgroups;
}

std::vector<std::string> enclosingPaths(std::string_view path) {
  std::vector<std::string> paths;
  for (; path.size() > 1; path = path.substr(0, path.rfind('/'))) paths.emplace_back(path);
  paths.emplace_back("/");
  return paths;
}

}  // namespace pi::worker
