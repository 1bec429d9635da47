// How much the dashboard's live view remembers and sends.  SECURITY.md's table names these limits.
#pragma once

#include <cstddef>

namespace pi::scheduler::live {

// The jobs and workers that one viewer follows: those whose series and boxes it draws.
inline constexpr std::size_t kFollowedJobsMax = 8;
inline constexpr std::size_t kFollowedWorkersMax = 256;

// The nesting of a viewer's message, which costs memory beyond the text: lists in an object.
inline constexpr int kFollowNestingMax = 2;

// The bytes of one frame, with at most kFewWorkers workers and with more.
inline constexpr std::size_t kFrameBytesMax = 25'000;
inline constexpr std::size_t kLargeFrameBytesMax = 75'000;
inline constexpr std::size_t kFewWorkers = 200;

// Rows of jobs: the newest ones, and all with those that are unfinished.
inline constexpr std::size_t kNewestJobsMax = 200;
inline constexpr std::size_t kJobRowsMax = 400;

// Boxes of the last ticks, of all workers that are followed; beyond that the oldest are forgotten.
inline constexpr std::size_t kRecentBoxesMax = 65'536;
// Leases that are looked at in one tick, the newest ones.
inline constexpr std::size_t kLeasesPerTickMax = 65'536;
// Boxes of the time before a worker was followed: of one worker, and of all that one viewer
// follows.
inline constexpr std::size_t kPastBoxesPerWorkerMax = 300;
inline constexpr std::size_t kPastBoxesMax = 4'000;

// Marks, points and groups of the throughput over time.
inline constexpr std::size_t kMarksMax = 256;
inline constexpr std::size_t kTrendPointsMax = 900;
inline constexpr std::size_t kTrendGroupsMax = 12;

// Lines of the log, and the bytes of the text of one.
inline constexpr std::size_t kLogRowsMax = 100;
inline constexpr std::size_t kLogTextBytesMax = 1'024;

}  // namespace pi::scheduler::live
