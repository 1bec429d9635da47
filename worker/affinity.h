// Which CPUs this process may use, and how many of them at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pi::worker {

// The CPUs in the affinity mask of the process, in order; empty if the system does not tell.
std::vector<int> allowedCpus();

// Lets the calling thread run on this CPU only.  Without the permission it changes nothing.
void pinThisThread(int cpu);

// How many threads can run at a time: the smaller of the affinity mask and the quotas of the
// cgroups, rounded up, at least 1.
std::uint32_t usableCpus();

// The functions below read system files for usableCpus(); they are declared for their tests.

// The CPUs that a cgroup of version 2 may use, from its cpu.max: 1.5 for "150000 100000", none (no
// limit) for "max 100000".
std::optional<double> quotaOf(std::string_view cpuMax);

// The same for version 1, from cpu.cfs_quota_us and cpu.cfs_period_us; a quota of -1 is no limit.
std::optional<double> quotaOf(std::string_view quota, std::string_view period);

// A cgroup of this process that can limit its CPU time.
struct CpuCgroup {
  std::string controllers;  // For version 1, the name of their folder: "cpu,cpuacct".  Else empty.
  std::string path;         // Begins with '/'.
  bool operator==(const CpuCgroup&) const = default;
};
// Reads the text of /proc/self/cgroup.
std::vector<CpuCgroup> cpuCgroups(std::string_view procSelfCgroup);

// A cgroup and its ancestors: "/a/b", "/a" and "/" for "/a/b".  All of their quotas apply.
std::vector<std::string> enclosingPaths(std::string_view path);

}  // namespace pi::worker
