// The directory in which a scheduler keeps what outlives it; one live scheduler at a time owns it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>

namespace pi::scheduler {

// One sentence on why the directory cannot be had.
class StateDirectoryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class StateDirectory {
 public:
  // Makes it if it is not there, for its owner alone, and takes it.  Throws StateDirectoryError if
  // another live scheduler has it, and goes on to, or if others could put files there.
  explicit StateDirectory(const std::filesystem::path& path);
  ~StateDirectory();
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // The port that was listened on last, so that a restarted scheduler is found where it was.
  std::optional<std::uint16_t> lastPort() const;
  void rememberPort(std::uint16_t port) const;

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace pi::scheduler
