#include "scheduler/pid_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace pi::scheduler {

PidFile::PidFile(std::optional<std::string> path) : path_(std::move(path)) {
  if (!path_) return;
  // Not through a symbolic link: another user may have made it.
  int file = ::open(path_->c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  std::string line = std::to_string(::getpid()) + "\n";
  bool isWritten = file >= 0 && ::write(file, line.data(), line.size()) == ssize_t(line.size());
  int error = errno;
  if (file >= 0) ::close(file);
  if (isWritten) return;
  throw std::runtime_error("the pid file " + *path_ +
                           " cannot be written: " + std::generic_category().message(error) +
                           "; name another with --pid-file");
}

PidFile::~PidFile() {
  if (path_) ::unlink(path_->c_str());
}

}  // namespace pi::scheduler
