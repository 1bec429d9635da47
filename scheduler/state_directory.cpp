#include "scheduler/state_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

#include "common/net/interfaces.h"

namespace pi::scheduler {
namespace {

// Who holds the lock, for the error message of whoever comes second.
std::string readOwner(int lock) {
  std::string text(256, '\0');
  ssize_t length = ::pread(lock, text.data(), text.size(), 0);
  text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

StateDirectory::StateDirectory(const std::filesystem::path& path) : path_(path) {
  std::string name = "the state directory " + path.string();
  std::error_code error;
  bool isNew = std::filesystem::create_directories(path, error);
  if (error)
    throw StateDirectoryError(name + " cannot be made: " + error.message() +
                              "; name another with --state-dir");
  if (isNew) ::chmod(path.c_str(), 0700);

  std::filesystem::path file = path / "scheduler.lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) {
    throw StateDirectoryError(name + " cannot be used: " + std::strerror(errno) +
                              "; name another with --state-dir");
  }
  // A lock by fcntl, unlike one by flock, also works between the hosts of a network file system.
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(lock_, F_SETLK, &lock) != 0) {
    std::string owner = readOwner(lock_);
    ::close(lock_);
    throw StateDirectoryError(name + " belongs to a scheduler that is running (" + owner +
                              "); stop it with 'pi-scheduler stop' or name another directory "
                              "with --state-dir");
  }
  std::string owner = "pid " + std::to_string(::getpid()) + " on " + net::hostName() + "\n";
  bool isWritten = ::ftruncate(lock_, 0) == 0 &&
                   ::pwrite(lock_, owner.data(), owner.size(), 0) == ssize_t(owner.size());
  if (!isWritten) {
    int why = errno;
    ::close(lock_);
    throw StateDirectoryError(name + " cannot be written: " + std::strerror(why) +
                              "; name another with --state-dir");
  }
}

// Closing the file gives up the lock.
StateDirectory::~StateDirectory() { ::close(lock_); }

std::optional<std::uint16_t> StateDirectory::lastPort() const {
  std::ifstream file(path_ / "port");
  unsigned port = 0;
  if (!(file >> port) || port == 0 || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

void StateDirectory::rememberPort(std::uint16_t port) const {
  // Losing it costs a restarted scheduler its old port, no more.
  std::ofstream(path_ / "port") << port << '\n';
}

}  // namespace pi::scheduler
