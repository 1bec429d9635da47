// The CPUs that this process may use, and how many of them at a time.
#pragma once

#include <cstddef>
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

// The CPUs to pin the threads to, one for each, if there are as many threads as CPUs.  With fewer
// threads none is pinned: two workers of one thread each could be pinned to the same CPU.
std::vector<int> cpusToPin(std::uint32_t threads, std::vector<int> allowed);

// How many threads can run at a time: the smaller of the affinity mask and the quotas of the
// cgroups, rounded up, at least 1.  If neither confines this process, what the batch system gave
// it.
std::uint32_t usableCpus();

struct CpuLimits {
  std::size_t online = 1;                  // The CPUs of the machine.
  std::size_t allowed = 1;                 // By the affinity mask.
  double quota = 0;                        // By the cgroups; may be infinite.
  std::optional<std::uint32_t> granted{};  // By the batch system.
};
std::uint32_t cpusToUse(const CpuLimits& limits);

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
