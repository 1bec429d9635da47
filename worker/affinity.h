// How many CPUs this process may use, and which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pi::worker {

// The CPUs of the process's affinity mask, in order; empty when the system does not say.
std::vector<int> allowedCpus();

// Has the calling thread run on this CPU only, if it may.
void pinThisThread(int cpu);

// What the affinity mask and the cgroups' quotas allow, rounded up, at least 1.
std::uint32_t usableCpus();

// The rest is for usableCpus(): what files of the system say.

// "150000 100000" is 1.5 CPUs, "max 100000" no limit: a cgroup's cpu.max, version 2.
std::optional<double> quotaOf(std::string_view cpuMax);

// The same from a cgroup's cpu.cfs_quota_us and cpu.cfs_period_us, version 1; -1 is no limit.
std::optional<double> quotaOf(std::string_view quota, std::string_view period);

// Where /proc/self/cgroup says that the process's CPU time is limited; a path begins with '/'.
struct CpuCgroup {
  std::string controllers;  // Of version 1: the name of their folder, such as "cpu,cpuacct".
  std::string path;
  bool operator==(const CpuCgroup&) const = default;
};
std::vector<CpuCgroup> cpuCgroups(std::string_view procSelfCgroup);

// "/a/b" lies in "/a/b", "/a" and "/", whose quotas all hold.
std::vector<std::string> enclosingPaths(std::string_view path);

}  // namespace pi::worker
