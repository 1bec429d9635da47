// The messages between pi-worker and its child process pi-worker-gpu.  They are built together
// and run on one machine, so these structs are sent as they are in memory.
#pragma once

#include <cstdint>
#include <type_traits>

namespace pi::gpu {

// Raised whenever a struct below changes: the programs may be of different builds.
inline constexpr std::uint32_t kMessageVersion = 1;

// A GPU has so many lanes.  Each has one launch at a time, so that one is queued while another one
// runs.  Each is a connection, with the descriptors kLaneDescriptors[i] in the child process.
inline constexpr int kLaneCount = 2;
inline constexpr int kLaneDescriptors[kLaneCount] = {3, 4};

inline constexpr std::uint32_t kTextBytes = 256;

// The first message of the child, on lane 0; one for each GPU if it was asked to list them.
struct Hello {
  std::uint32_t version;
  std::uint32_t isUsable;  // 1, or 0: `text` says why not, and the child ends.
  std::uint32_t gpuCount;  // How many GPUs this process may use.
  std::uint32_t multiprocessors;
  std::uint32_t clockMegahertz;
  std::uint32_t capabilityMajor, capabilityMinor;
  std::uint32_t driverMajor, driverMinor;
  char name[kTextBytes];  // The GPU's.  This and `text` end with a zero.
  char text[kTextBytes];
};

enum class Work : std::uint32_t { kRandom = 1, kNets = 2 };

// Count the hits of whole blocks.
struct Request {
  Work work;
  std::int32_t level;  // The nets'.
  std::uint64_t seed;
  std::uint64_t first;  // The first block, or the first point of the first net.
  std::uint64_t count;  // The number of blocks or nets; above zero, below 2^32.
};

// The answer to a request, on its lane.
struct Answer {
  std::uint32_t isLost;  // 1: the GPU cannot be used any longer, `text` says why; the child ends.
  std::uint32_t unused;
  std::uint64_t hits[16];  // By stratum.
  char text[kTextBytes];
};

static_assert(std::is_trivially_copyable_v<Hello> && std::is_trivially_copyable_v<Request> &&
              std::is_trivially_copyable_v<Answer>);

}  // namespace pi::gpu
