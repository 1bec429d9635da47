// The epoch in the ids of workers and leases.  Each scheduler of a state directory has an epoch of
// its own, so no id is given out twice.
#pragma once

#include <cstdint>
#include <string>

#include "common/model/ids.h"

namespace pi {

// Decimal, so that people can read the epoch in a worker's number.
inline constexpr std::uint64_t kWorkersPerEpoch = 1'000'000'000;
inline constexpr unsigned kLeaseBits = 44;  // Below these bits a lease's id has its epoch.

// The `serial`-th worker that the scheduler of this epoch lets in; counts from 1.
constexpr WorkerId workerIdOf(std::uint64_t epoch, std::uint64_t serial) {
  return WorkerId{epoch * kWorkersPerEpoch + serial};
}
constexpr std::uint64_t epochOf(WorkerId worker) { return number(worker) / kWorkersPerEpoch; }
constexpr std::uint64_t serialOf(WorkerId worker) { return number(worker) % kWorkersPerEpoch; }

// A worker's number as people read it, in lists and logs: epoch and serial, "16.3".
inline std::string toText(WorkerId worker) {
  return std::to_string(epochOf(worker)) + "." + std::to_string(serialOf(worker));
}

// The `serial`-th lease that the scheduler of this epoch lends; counts from 1.
constexpr LeaseId leaseIdOf(std::uint64_t epoch, std::uint64_t serial) {
  return LeaseId{(epoch << kLeaseBits) + serial};
}
constexpr std::uint64_t epochOf(LeaseId lease) { return number(lease) >> kLeaseBits; }
constexpr std::uint64_t serialOf(LeaseId lease) {
  return number(lease) & ((std::uint64_t{1} << kLeaseBits) - 1);
}

}  // namespace pi
