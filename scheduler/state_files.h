// The names of the files in a state directory.
#pragma once

#include <array>

namespace pi::scheduler {

inline constexpr const char* kDashboardKeyFile = "dashboard.pem";
inline constexpr const char* kJobsFile = "jobs.sqlite";
inline constexpr const char* kKeysFile = "keys.json";
inline constexpr const char* kLockFile = "scheduler.lock";
inline constexpr const char* kPortFile = "port";
inline constexpr const char* kTokenFile = "observer.token";

// All of them, with those that SQLite makes for a while.
inline constexpr std::array kStateFiles{kDashboardKeyFile,
                                        kKeysFile,
                                        kLockFile,
                                        kPortFile,
                                        kTokenFile,
                                        kJobsFile,
                                        "jobs.sqlite-wal",
                                        "jobs.sqlite-shm",
                                        "jobs.sqlite-journal",
                                        "jobs.sqlite.new",
                                        "jobs.sqlite.new-wal",
                                        "jobs.sqlite.new-journal"};

}  // namespace pi::scheduler
