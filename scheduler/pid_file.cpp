#include "scheduler/pid_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "scheduler/open_file.h"

namespace pi::scheduler {
namespace {

constexpr std::size_t kPidFileBytesMax = 32;

std::string ownLine() { return std::to_string(::getpid()) + "\n"; }

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

// Why the open file must not be overwritten; nullopt if it may be.
std::optional<std::string> reasonAgainst(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return systemError();
  if (!S_ISREG(status.st_mode)) return "it is no plain file";
  if (status.st_uid != ::geteuid()) return "it belongs to user " + std::to_string(status.st_uid);
  if (!isPidText(startOf(file))) return "it is not a pid file: it has other content than a number";
  return std::nullopt;
}

// Not through a symbolic link, which another user may have made; never waits for a FIFO.
int openFile(const std::string& path, int create) {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  return ::open(path.c_str(), kFlags | create, 0644);
}

// False if another process has the lock.  True on a file system without locks, too: the pid file is
// only a convenience, and the state directory has a lock of its own.
bool lock(int file) { return ::flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

// Why the file does not have the process id now; nullopt if it does.
std::optional<std::string> write(int file) {
  std::string line = ownLine();
  bool isWritten = ::ftruncate(file, 0) == 0 &&
                   ::pwrite(file, line.data(), line.size(), 0) == ssize_t(line.size());
  if (isWritten) return std::nullopt;
  return systemError();
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error("the pid file " + path + " " + why);
}

void refuseFor(const std::optional<std::string>& reason, const std::string& path) {
  if (!reason) return;
  refuse(path, "cannot be written: " + *reason + "; name another with --pid-file");
}

}  // namespace

void PidFile::requireUsable(const std::optional<std::string>& path) {
  if (!path) return;
  int file = openFile(*path, 0);
  bool isMissing = file < 0 && errno == ENOENT;
  std::optional<std::string> reason = file < 0 ? systemError() : reasonAgainst(file);
  if (file >= 0) ::close(file);
  std::filesystem::path folder = std::filesystem::path(*path).parent_path();
  if (isMissing) {
    bool canBeMade = ::access(folder.empty() ? "." : folder.c_str(), W_OK) == 0;
    reason = canBeMade ? std::nullopt : std::optional(systemError());
  }
  refuseFor(reason, *path);
}

PidFile::PidFile(std::optional<std::string> path) : path_(std::move(path)) {
  if (!path_) return;
  try {
    take();
  } catch (const std::runtime_error&) {
    if (file_ >= 0) ::close(file_);
    throw;
  }
}

void PidFile::take() {
  do {
    if (file_ >= 0) ::close(file_);
    file_ = openFile(*path_, O_CREAT);
    refuseFor(file_ < 0 ? systemError() : reasonAgainst(file_), *path_);
    if (!lock(file_)) {
      std::string owner = startOf(file_);
      if (owner.ends_with('\n')) owner.pop_back();
      refuse(*path_, "belongs to a scheduler that is running (pid " + owner +
                         "); stop it, or name another file with --pid-file");
    }
  } while (!isAt(*path_, file_));
  refuseFor(write(file_), *path_);
}

// The file is removed before its lock is released, so that the next owner cannot lose its own.
PidFile::~PidFile() {
  if (!path_) return;
  if (isAt(*path_, file_) && startOf(file_) == ownLine()) ::unlink(path_->c_str());
  ::close(file_);
}

}  // namespace pi::scheduler
