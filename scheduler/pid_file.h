// A file that says which process this is, for as long as it runs.
#pragma once

#include <optional>
#include <string>

namespace pi::scheduler {

class PidFile {
 public:
  // Without a path there is none.  Throws std::runtime_error with one sentence if it cannot be
  // written.
  explicit PidFile(std::optional<std::string> path);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::optional<std::string> path_;
};

}  // namespace pi::scheduler
