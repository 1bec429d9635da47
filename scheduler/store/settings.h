// The settings of the job store, in one place.  None of them is a limit for peers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/base/clock.h"

namespace pi::scheduler {

// The size of the secret that tickets and identities are derived from.
inline constexpr std::size_t kStoreSecretBytes = 32;

// The largest age of a job.  Sums of such times do not overflow.
// Not in SECURITY.md: a bound of arithmetic.
inline constexpr Duration kAgeMax = std::chrono::hours(24) * 36'500;

// Schedulers whose incarnations the store keeps, the newest ones.  A worker of an older one gets a
// new identity.
// Not in SECURITY.md: only a start of the scheduler adds one.
inline constexpr std::uint64_t kIncarnationsKept = 1'000;

// The pause before a failed commit is tried again.
inline constexpr Duration kCommitRetryPause = std::chrono::seconds(1);

// While commits keep failing, the time between two reports.
inline constexpr Duration kCommitFailureReportPeriod = std::chrono::minutes(1);

// The rows that an audit reads between two batches.  On a local disk that takes some milliseconds,
// and a batch waits no longer than that.
inline constexpr std::uint64_t kAuditSliceRows = 4096;

// SQLite's page size; a database page is the unit of a write.
inline constexpr int kPageBytes = 4096;

// SQLite copies the write-ahead log (WAL) into the database file when it has this many pages.
inline constexpr int kWalPages = 1000;

// A large commit can make the WAL longer than this.  The next checkpoint cuts it to this size.
inline constexpr int kWalFileBytes = 4 * 1024 * 1024;

// SQLite's page cache, in KiB.
inline constexpr int kPageCacheKib = 8192;

}  // namespace pi::scheduler
