// The limits of the scheduler's service and doors.  SECURITY.md lists them; the limits of its
// decisions are in scheduler/core: limits.h and config.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.h"

namespace pi::scheduler {

// ---- a connection ----

// The time from the handshake until a peer has entered as a client or joined as a worker.
inline constexpr Duration kEntryTimeout = std::chrono::seconds(10);

// Without keys, the last connections, which only the owner may keep: other peers are told there
// that the scheduler is full, and leave.
inline constexpr std::size_t kKeylessConnectionsKept = 32;

// ---- a client's connection ----

inline constexpr std::size_t kOpenJobsMax = 10'000;
inline constexpr std::size_t kWatchesMax = 64;
inline constexpr std::size_t kRequestIdBytesMax = 64;
// In the answer to one call of list.
inline constexpr std::size_t kJobsPerPageMax = 1'000;
// In the answer to one call of endedLeases or runningLeases, and of tracks.
inline constexpr std::size_t kLeasesPerPageMax = 4'096;
inline constexpr std::size_t kTracksPerPageMax = 1'000;

// ---- all clients ----

// The shortest and the longest time between two updates of one watched job.
inline constexpr Duration kWatchPeriodMin = std::chrono::milliseconds(20);
inline constexpr Duration kWatchPeriodMax = std::chrono::hours(1);

// Submissions that are not committed yet.  While the disk hangs they must not pile up.
inline constexpr std::size_t kPendingSubmissionsMax = 10'000;

// Audits under way: each reads all rows of a job.
inline constexpr std::size_t kAuditsMax = 16;

// ---- lists for people ----

// Workers that are lost stay in the list of workers for this time.
inline constexpr Duration kLostShown = std::chrono::hours(1);
inline constexpr std::size_t kLostWorkersMax = 100;

// The last lines of the log that are kept.
inline constexpr std::size_t kLogLinesKept = 500;

// ---- the log: peers cause these lines, and they must not fill the disk ----

// Lines on workers and jobs: enough for a cluster that starts at once, and at most 20 a second in
// the long run.
inline constexpr std::uint64_t kNotesMax = 200;
inline constexpr Duration kNotesPeriod = std::chrono::seconds(10);

// Lines a second on tallies, tickets and quarantines.
inline constexpr std::uint64_t kTallyWarningsPerSecond = 5;

// Lines on silent workers, second leases and truncations: one of each kind in this time.
inline constexpr Duration kTroublePeriod = std::chrono::minutes(1);
// The silent workers that such a line names.
inline constexpr std::size_t kTroubleNamesMax = 5;

// Lines a second on connections that were cut off.
inline constexpr std::uint64_t kConnectionWarningsPerSecond = 5;

// ---- files ----

// Not in SECURITY.md: no peer can reach it.  How often a scheduler looks at its addresses and at
// its connection file.
inline constexpr Duration kEntrancePeriod = std::chrono::seconds(3);

// A larger keys.json is refused, and a larger observer.token.
inline constexpr std::size_t kKeysFileBytesMax = std::size_t{64} << 10;
inline constexpr std::size_t kTokenFileBytesMax = std::size_t{1} << 10;

// ---- the end ----

// The time that a stop may take: neither a worker that hangs nor a disk that does not take the last
// changes keeps the process alive for longer.
inline constexpr Duration kStopTimeout = std::chrono::seconds(15);

// The time that workers have to report their last tallies after they were told to leave.
inline constexpr Duration kDismissTimeout = std::chrono::seconds(5);

// The time that peers have to take their last answers, and then to end their side of a connection.
inline constexpr Duration kFarewellTimeout = std::chrono::milliseconds(500);

}  // namespace pi::scheduler
