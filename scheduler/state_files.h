// The names of the files in a state directory.
#pragma once

namespace pi::scheduler {

inline constexpr const char* kJobsFile = "jobs.sqlite";
inline constexpr const char* kKeysFile = "keys.json";
inline constexpr const char* kLockFile = "scheduler.lock";
inline constexpr const char* kPortFile = "port";
inline constexpr const char* kTokenFile = "observer.token";

}  // namespace pi::scheduler
