// A file with the process id, for as long as the process runs.
#pragma once

#include <optional>
#include <string>

namespace pi::scheduler {

class PidFile {
 public:
  // Writes no file without a path.  Throws std::runtime_error with one sentence if the file cannot
  // be written, or is there already and is not a pid file of this user: it may be anything that the
  // path names by mistake.
  explicit PidFile(std::optional<std::string> path);
  ~PidFile();  // Removes the file if it still has this process's id.
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::optional<std::string> path_;
};

}  // namespace pi::scheduler
