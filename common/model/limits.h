// The limits of what a peer tells about itself and its jobs: numbers that SECURITY.md names.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.h"

namespace pi {

// The texts of a request, in bytes.
inline constexpr std::size_t kSubmitterBytesMax = 128;
inline constexpr std::size_t kJobNameBytesMax = 128;

// The largest number to which a job may limit its threads.
inline constexpr std::uint32_t kJobThreadsMax = 1'000'000;

// Each text of a worker's profile, in bytes.  8,000 workers whose texts are all that long fit into
// one message, and 16,000 workers with usual names.
inline constexpr std::size_t kProfileTextBytesMax = 128;

// The audit of a job lists so many faults, and workers.
inline constexpr std::size_t kAuditFaultsMax = 20;
inline constexpr std::size_t kAuditWorkersMax = 10'000;

// The queues that a scheduler may have, and the allocations of each that it shows.
inline constexpr std::size_t kQueuesMax = 16;
inline constexpr std::size_t kAllocationsShownMax = 1'000;

// The longest round trip between a worker and its scheduler.  A longer one counts as this: an
// answer can also be late because a process was stopped, and a worker gets longer leases with it.
inline constexpr Duration kRoundTripMax = std::chrono::seconds(1);

// A worker that ends later than this might as well not know its end.
inline constexpr Duration kTimeLeftMax = std::chrono::hours(24 * 365 * 10);

}  // namespace pi
