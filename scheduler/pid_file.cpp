#include "scheduler/pid_file.h"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace pi::scheduler {

PidFile::PidFile(std::optional<std::string> path) : path_(std::move(path)) {
  if (!path_) return;
  errno = 0;
  std::ofstream file(*path_);
  if (file << ::getpid() << '\n' << std::flush) return;
  std::string why = std::generic_category().message(errno);
  throw std::runtime_error("the pid file " + *path_ + " cannot be written: " + why +
                           "; name another with --pid-file");
}

PidFile::~PidFile() {
  if (path_) ::unlink(path_->c_str());
}

}  // namespace pi::scheduler
