#include "scheduler/durable_state.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/process/scratch.h"

namespace pi::scheduler::testing {
namespace {

// The lock of the directory under test, and its state when the jobs were closed.
std::string lockPath;
std::string seenAtClose;

// Another process sees whether the lock is free; one's own locks are invisible.
bool isLocked(const std::string& path) {
  pid_t child = ::fork();
  if (child == 0) {
    int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    bool isKnown = file >= 0 && ::fcntl(file, F_GETLK, &lock) == 0;
    ::_exit(isKnown && lock.l_type != F_UNLCK ? 1 : 0);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

// SQLite removes its log when the last connection is closed.
int watchedUnlink(const char* path) {
  if (std::string(path).ends_with("-wal")) seenAtClose = isLocked(lockPath) ? "locked" : "free";
  return ::unlink(path);
}

// While it lives, SQLite removes files by watchedUnlink().
class WatchedUnlink {
 public:
  WatchedUnlink() : files_(sqlite3_vfs_find(nullptr)) {
    before_ = files_->xGetSystemCall(files_, "unlink");
    files_->xSetSystemCall(files_, "unlink", reinterpret_cast<sqlite3_syscall_ptr>(&watchedUnlink));
  }
  ~WatchedUnlink() { files_->xSetSystemCall(files_, "unlink", before_); }
  WatchedUnlink(const WatchedUnlink&) = delete;
  WatchedUnlink& operator=(const WatchedUnlink&) = delete;

 private:
  sqlite3_vfs* files_;
  sqlite3_syscall_ptr before_ = nullptr;
};

TEST_CASE("the jobs are closed before the lock of the state directory is released") {
  TemporaryFolder scratch;
  lockPath = (scratch.path() / "state" / "scheduler.lock").string();
  WatchedUnlink watched;
  auto state = std::make_unique<DurableState>(
      std::make_unique<StateDirectory>(scratch.path() / "state"), SaveJobs::kYes);
  REQUIRE(isLocked(lockPath));
  seenAtClose.clear();

  state.reset();

  CHECK(seenAtClose == "locked");
  CHECK_FALSE(isLocked(lockPath));
}

}  // namespace
}  // namespace pi::scheduler::testing
