#include "scheduler/pid_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace pi::scheduler {
namespace {

constexpr std::size_t kPidFileBytesMax = 32;

std::string systemError() { return std::generic_category().message(errno); }

// The first bytes of the file.
std::string startOf(int file) {
  std::array<char, kPidFileBytesMax> bytes{};
  ssize_t length = ::pread(file, bytes.data(), bytes.size(), 0);
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
}

// Empty, or a number and perhaps the end of its line, as programs leave it behind when they are
// killed.
bool isPidText(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text.size() < kPidFileBytesMax &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// Why the open file must not be overwritten; empty if it may be.
std::string reasonAgainst(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return systemError();
  if (!S_ISREG(status.st_mode)) return "it is no plain file";
  if (status.st_uid != ::geteuid()) return "it belongs to user " + std::to_string(status.st_uid);
  if (!isPidText(startOf(file))) return "it is not a pid file: it has other content than a number";
  return "";
}

// Empty if the file has the process id now, else the reason.
std::string write(int file) {
  if (file < 0) return systemError();
  if (std::string reason = reasonAgainst(file); !reason.empty()) return reason;
  std::string line = std::to_string(::getpid()) + "\n";
  bool isWritten = ::ftruncate(file, 0) == 0 &&
                   ::pwrite(file, line.data(), line.size(), 0) == ssize_t(line.size());
  return isWritten ? "" : systemError();
}

}  // namespace

PidFile::PidFile(std::optional<std::string> path) : path_(std::move(path)) {
  if (!path_) return;
  // Not through a symbolic link, which another user may have made; never waits for a FIFO.
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  int file = ::open(path_->c_str(), kFlags, 0644);
  std::string reason = write(file);
  if (file >= 0) ::close(file);
  if (reason.empty()) return;
  throw std::runtime_error("the pid file " + *path_ + " cannot be written: " + reason +
                           "; name another with --pid-file");
}

PidFile::~PidFile() {
  if (!path_) return;
  int file = ::open(path_->c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return;
  bool isOurs = startOf(file) == std::to_string(::getpid()) + "\n";
  ::close(file);
  if (isOurs) ::unlink(path_->c_str());
}

}  // namespace pi::scheduler
