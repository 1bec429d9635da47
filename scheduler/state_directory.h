// The directory for everything that outlives a scheduler.  One live scheduler at a time owns it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace pi::scheduler {

// One sentence on why the directory cannot be used.
class StateDirectoryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The ports of the schedulers of a state directory.
struct Ports {
  std::uint16_t preferred = 0;  // To be tried first, even if it was taken the last time.
  std::uint16_t last = 0;       // The last scheduler listened on it.
  bool operator==(const Ports&) const = default;
};

// The directories that a start has made.  Removes them again, if they are empty, unless they are to
// be kept.
class NewDirectories {
 public:
  // `path` and its parents: those that are missing now are new ones later.
  explicit NewDirectories(const std::filesystem::path& path);
  ~NewDirectories();
  NewDirectories(const NewDirectories&) = delete;
  NewDirectories& operator=(const NewDirectories&) = delete;

  void keep() { paths_.clear(); }

 private:
  std::vector<std::filesystem::path> paths_;  // The innermost first.
};

class StateDirectory {
 public:
  // Makes the directory if it does not exist, for its owner alone, and locks it.  Waits two seconds
  // for the end of another scheduler, and says so.  Throws StateDirectoryError if that one keeps
  // the lock, or if other users could put files there or another directory in its place.
  explicit StateDirectory(const std::filesystem::path& path);
  // Releases the lock.  Without a keep(), the start has failed: what it has made is removed, so
  // that the next one finds the disk as this one did.
  ~StateDirectory();
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // To be called when the scheduler serves: what was made in the directory stays.
  void keep();

  // So that a restarted scheduler is found where it was.  Null for the first one.
  std::optional<Ports> ports() const;
  void rememberPorts(const Ports& ports) const;

 private:
  void takeLock(const std::string& name);
  void release();

  std::filesystem::path path_;
  NewDirectories newDirectories_;  // Removed last.
  int lock_ = -1;
  std::vector<std::filesystem::path> newFiles_;  // Those that were missing under the lock.
};

}  // namespace pi::scheduler
