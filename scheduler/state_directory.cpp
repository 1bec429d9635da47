#include "scheduler/state_directory.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "common/net/secrets/path_safety.h"
#include "common/net/secrets/private_file.h"
#include "common/net/transport/interfaces.h"
#include "scheduler/state_files.h"

namespace pi::scheduler {
namespace {

constexpr const char* kNameAnother = "; name another with --state-dir";
// The last scheduler may still be stopping: try for two seconds.
constexpr int kLockAttempts = 41;
constexpr auto kLockPause = std::chrono::milliseconds(50);

// The owner of the lock, for the error message of a second scheduler.
std::string readOwner(int lock) {
  std::string text(256, '\0');
  ssize_t length = ::pread(lock, text.data(), text.size(), 0);
  text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// Takes the lock.  Throws StateDirectoryError if that is not possible.  `name` is that of the
// directory.
void take(int file, const std::string& name) {
  // By fcntl: unlike flock, it also works between the hosts of a network file system.
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  for (int attempt = 1; ::fcntl(file, F_SETLK, &lock) != 0; ++attempt) {
    if (errno != EAGAIN && errno != EACCES) {
      throw StateDirectoryError(name + " is on a file system that has no locks (" +
                                std::strerror(errno) +
                                "); name a directory on another one with --state-dir");
    }
    if (attempt == kLockAttempts) {
      throw StateDirectoryError(
          name + " belongs to a scheduler that is running (" + readOwner(file) +
          "); stop it with 'pi-scheduler stop', or with kill if its connection file is gone, or "
          "name another directory with --state-dir");
    }
    if (attempt == 1) {
      spdlog::info(
          "{} belongs to a scheduler that is running ({}); waiting two seconds for its end", name,
          readOwner(file));
    }
    std::this_thread::sleep_for(kLockPause);
  }
}

// Writes the owner of the lock into the file.  Throws StateDirectoryError.
void signAsOwner(int file, const std::string& name) {
  std::string owner = "pid " + std::to_string(::getpid()) + " on " + net::hostName() + "\n";
  bool isWritten = ::ftruncate(file, 0) == 0 &&
                   ::pwrite(file, owner.data(), owner.size(), 0) == ssize_t(owner.size());
  if (isWritten) return;
  throw StateDirectoryError(name + " cannot be written: " + std::strerror(errno) + kNameAnother);
}

// Refuses a directory that every user could replace by one of their own, keys included.  Returns a
// smaller danger: a group is often the user's own, so it only gets a warning.
std::optional<net::UnsafeAncestor> checkAncestors(const std::filesystem::path& path,
                                                  const std::string& name) {
  std::optional<net::UnsafeAncestor> danger = net::unsafeAncestorOf(path);
  if (danger && danger->isOpenToAll) {
    throw StateDirectoryError(name + " is not safe: " + danger->sentence +
                              ", or name one elsewhere with --state-dir");
  }
  return danger;
}

// Null if no valid port follows.
std::optional<std::uint16_t> readPort(std::ifstream& file) {
  int port = 0;
  if (!(file >> port) || port < 1 || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

}  // namespace

StateDirectory::StateDirectory(const std::filesystem::path& path) : path_(path) {
  std::string name = "the state directory " + path.string();
  checkAncestors(path, name);  // First, so that nothing is made there if it is refused.
  try {
    net::makePrivateDirectory(path);
    net::requirePrivateDirectory(path);
  } catch (const net::FileError& error) {
    if (error.kind() == net::FileError::Kind::kUnsafe) {
      throw StateDirectoryError(name + " is not safe: it " + error.what());
    }
    throw StateDirectoryError(name + " cannot be made: " + error.what() + kNameAnother);
  }
  if (auto danger = checkAncestors(path, name)) {
    spdlog::warn("{} is not safe: {}", name, danger->sentence);
  }
  std::filesystem::path file = path / kLockFile;
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) {
    throw StateDirectoryError(name + " cannot be used: " + std::strerror(errno) + kNameAnother);
  }
  try {
    take(lock_, name);
    signAsOwner(lock_, name);
  } catch (const StateDirectoryError&) {
    ::close(lock_);
    throw;
  }
}

// Closing the file releases the lock.
StateDirectory::~StateDirectory() { ::close(lock_); }

std::optional<Ports> StateDirectory::ports() const {
  std::ifstream file(path_ / kPortFile);
  std::optional<std::uint16_t> preferred = readPort(file);
  if (!preferred) return std::nullopt;
  return Ports{.preferred = *preferred, .last = readPort(file).value_or(*preferred)};
}

void StateDirectory::rememberPorts(const Ports& ports) const {
  // Without this file a restarted scheduler only loses its old port.
  try {
    net::writePrivateFile(path_ / kPortFile, net::Secret(std::to_string(ports.preferred) + " " +
                                                         std::to_string(ports.last) + "\n"));
  } catch (const net::FileError&) {
  }
}

}  // namespace pi::scheduler
