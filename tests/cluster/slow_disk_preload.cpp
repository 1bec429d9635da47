// Loaded into a scheduler before all else: its disk takes its time to sync, or hangs.
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace {

void takeTime() {
  constexpr unsigned kStepMicroseconds = 10'000;
  if (const char* milliseconds = std::getenv("PI_TEST_SYNC_MS")) {
    ::usleep(1000 * static_cast<unsigned>(std::atoi(milliseconds)));
  }
  const char* hangs = std::getenv("PI_TEST_SYNC_HANGS");  // While there is this file.
  while (hangs != nullptr && ::access(hangs, F_OK) == 0) ::usleep(kStepMicroseconds);
}

}  // namespace

extern "C" int fsync(int file) {
  takeTime();
  return static_cast<int>(::syscall(SYS_fsync, file));
}

extern "C" int fdatasync(int file) {
  takeTime();
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}
