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
#include <utility>

#include "common/net/secrets/path_safety.h"
#include "common/net/secrets/private_file.h"
#include "common/net/transport/interfaces.h"
#include "scheduler/open_file.h"
#include "scheduler/state_files.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

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
std::optional<net::UnsafeAncestor> checkAncestors(const fs::path& path, const std::string& name) {
  std::optional<net::UnsafeAncestor> danger = net::unsafeAncestorOf(path);
  if (danger && danger->isOpenToAll) {
    throw StateDirectoryError(name + " is not safe: " + danger->sentence +
                              ", or name one elsewhere with --state-dir");
  }
  return danger;
}

void makeDirectory(const fs::path& path, const std::string& name) {
  try {
    net::makePrivateDirectory(path);
    net::requirePrivateDirectory(path);
  } catch (const net::FileError& error) {
    if (error.kind() == net::FileError::Kind::kUnsafe) {
      throw StateDirectoryError(name + " is not safe: it " + error.what());
    }
    throw StateDirectoryError(name + " cannot be made: " + error.what() + kNameAnother);
  }
}

// Those of the files that are missing.
std::vector<fs::path> missingFiles(const fs::path& directory) {
  std::vector<fs::path> missing;
  for (const char* name : kStateFiles) {
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(directory / name, ignored))) {
      missing.push_back(directory / name);
    }
  }
  return missing;
}

// Null if no valid port follows.
std::optional<std::uint16_t> readPort(std::ifstream& file) {
  int port = 0;
  if (!(file >> port) || port < 1 || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

}  // namespace

NewDirectories::NewDirectories(const fs::path& path) {
  std::error_code ignored;
  for (fs::path each = path; !each.empty() && !fs::exists(each, ignored);
       each = each.parent_path()) {
    paths_.push_back(each);
  }
}

NewDirectories::~NewDirectories() {
  for (const fs::path& path : paths_) ::rmdir(path.c_str());
}

StateDirectory::StateDirectory(const fs::path& path) : path_(path), newDirectories_(path) {
  std::string name = "the state directory " + path.string();
  checkAncestors(path, name);  // First, so that nothing is made there if it is refused.
  makeDirectory(path, name);
  if (auto danger = checkAncestors(path, name)) {
    spdlog::warn("{} is not safe: {}", name, danger->sentence);
  }
  try {
    takeLock(name);
    while (!isAt(path / kLockFile, lock_)) {  // Another start has failed, and has removed the file.
      newFiles_.clear();
      release();
      takeLock(name);
    }
    signAsOwner(lock_, name);
  } catch (const StateDirectoryError&) {
    release();
    throw;
  }
}

void StateDirectory::takeLock(const std::string& name) {
  const fs::path file = path_ / kLockFile;
  std::error_code ignored;
  bool isNew = !fs::exists(fs::symlink_status(file, ignored));
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  for (int attempt = 1; lock_ < 0 && errno == ENOENT && attempt < kLockAttempts; ++attempt) {
    makeDirectory(path_, name);  // Another start has failed, and has removed the directory.
    lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  }
  if (lock_ < 0) {
    throw StateDirectoryError(name + " cannot be used: " + std::strerror(errno) + kNameAnother);
  }
  take(lock_, name);
  newFiles_ = missingFiles(path_);
  if (isNew) newFiles_.push_back(file);
}

void StateDirectory::keep() {
  newDirectories_.keep();
  newFiles_.clear();
}

StateDirectory::~StateDirectory() { release(); }

void StateDirectory::release() {
  for (const fs::path& file : newFiles_) ::unlink(file.c_str());
  if (lock_ >= 0) ::close(std::exchange(lock_, -1));  // This releases it.
}

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
