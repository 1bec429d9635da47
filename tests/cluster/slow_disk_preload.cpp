// Preloaded into a scheduler: its calls of fsync take a given time, or hang.
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace {

void delay() {
  constexpr unsigned kStepMicroseconds = 10'000;
  if (const char* milliseconds = std::getenv("PI_TEST_SYNC_MS")) {
    ::usleep(1000 * static_cast<unsigned>(std::atoi(milliseconds)));
  }
  const char* hangs = std::getenv("PI_TEST_SYNC_HANGS");  // They hang while this file exists.
  while (hangs != nullptr && ::access(hangs, F_OK) == 0) ::usleep(kStepMicroseconds);
}

}  // namespace

extern "C" int fsync(int file) {
  delay();
  return static_cast<int>(::syscall(SYS_fsync, file));
}

extern "C" int fdatasync(int file) {
  delay();
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}
