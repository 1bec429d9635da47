// A file with the process id, for as long as the process runs.  It is locked, so that two processes
// do not take one file.
#pragma once

#include <optional>
#include <string>

namespace pi::scheduler {

class PidFile {
 public:
  // Throws as the constructor does, but makes no file, and does not look at the lock.
  static void requireUsable(const std::optional<std::string>& path);

  // Writes no file without a path.  Replaces a file that a process left behind when it was killed.
  // Throws std::runtime_error with one sentence if the file cannot be written, if it belongs to a
  // process that is running, or if it is there already and is not a pid file of this user: it may
  // be anything that the path names by mistake.
  explicit PidFile(std::optional<std::string> path);
  ~PidFile();  // Removes the file if it still has this process's id.
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  void take();

  std::optional<std::string> path_;
  int file_ = -1;  // Open and locked.
};

}  // namespace pi::scheduler
