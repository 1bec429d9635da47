// The scheduler's jobs in a file, so that they outlive its process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "scheduler/core/changes.h"

namespace pi::scheduler {

// Synchronous, and slow as a disk is.  One thread at a time.  All that fails throws StoreError.
class Database {
 public:
  // Opens the file, or makes it, for its owner alone.  Refuses one that is damaged, foreign, or of
  // a newer release, and leaves that as it is.
  explicit Database(const std::filesystem::path& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // All that was committed; checked.  Once, before the first commit: it counts as one more epoch,
  // and that is on disk when it returns.
  Saved load(WallTime now);

  // All of it or nothing; on disk, whatever happens to the machine, when it returns.  Committing
  // the same again changes nothing.  Ages are as of `now`.
  void commit(const Changes& changes, WallTime now);

  // 32 random bytes, made with the file and known to nobody else.  Never log it.
  const std::string& secret() const { return secret_; }

 private:
  struct Session;

  std::unique_ptr<Session> session_;
  std::string secret_;
  std::uint64_t epoch_ = 0;  // How often the file was loaded.
  JobId lastJob_{};
  bool isLoaded_ = false;
};

}  // namespace pi::scheduler
