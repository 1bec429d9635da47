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

// The ports of the schedulers of a state directory.
struct Ports {
  std::uint16_t preferred = 0;  // To be tried first, even if it was taken the last time.
  std::uint16_t last = 0;       // The last scheduler listened on it.
  bool operator==(const Ports&) const = default;
};

class StateDirectory {
 public:
  // Makes the directory if it does not exist, for its owner alone, and locks it.  Waits two seconds
  // for the end of another scheduler, and says so.  Throws StateDirectoryError if that one keeps
  // the lock, or if other users could put files there or another directory in its place.
  explicit StateDirectory(const std::filesystem::path& path);
  ~StateDirectory();
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // So that a restarted scheduler is found where it was.  Null for the first one.
  std::optional<Ports> ports() const;
  void rememberPorts(const Ports& ports) const;

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace pi::scheduler
