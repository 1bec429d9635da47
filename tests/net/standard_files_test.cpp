#include "common/net/loop/standard_files.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// The exit code of a child process that runs `check`.
template <typename Check>
int exitCodeOf(Check check) {
  pid_t child = ::fork();
  if (child == 0) ::_exit(check());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("no file becomes standard output or error in a process that was started without them") {
  for (int closed = 0; closed < 8; ++closed) {
    CAPTURE(closed);
    CHECK(exitCodeOf([closed] {
            for (int file = 0; file <= 2; ++file) {
              if (((closed >> file) & 1) != 0) ::close(file);
            }
            pi::net::openStandardFiles();
            return ::open("/dev/zero", O_RDONLY);
          }) > 2);
  }
}

TEST_CASE("a program that was started without standard output notices that it cannot write") {
  CHECK(exitCodeOf([] {
          ::close(STDOUT_FILENO);
          pi::net::openStandardFiles();
          return ::write(STDOUT_FILENO, "x", 1) == 1 ? 0 : 7;
        }) == 7);
}
