// The directory for everything that outlives a scheduler.  One live scheduler at a time owns it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>

namespace pi::scheduler {

// One sentence on why the directory cannot be used.
class StateDirectoryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class StateDirectory {
 public:
  // Makes the directory if it does not exist, for its owner alone, and locks it.  Throws
  // StateDirectoryError if another live scheduler keeps the lock, or if other users could put files
  // there.
  explicit StateDirectory(const std::filesystem::path& path);
  ~StateDirectory();
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // The port of the last scheduler, so that a restarted one is found where it was.
  std::optional<std::uint16_t> lastPort() const;
  void rememberPort(std::uint16_t port) const;

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace pi::scheduler
