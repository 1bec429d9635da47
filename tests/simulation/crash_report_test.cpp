#include "tests/simulation/crash_report.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "common/base/check.h"

namespace pi::simulation {
namespace {

struct End {
  int signal = 0;    // That ended the process; 0 for none.
  std::string said;  // On stdout.
};

// Plays the story in a process of its own, as a test would do.
End endOf(const CrashReport::Story& story) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  std::fflush(stdout);
  ::pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // doctest's handler would report a failed test.
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(STDERR_FILENO);
    CrashReport report(story, "look at it");
    Trace off;
    story(off);
    ::_exit(0);
  }
  ::close(ends[1]);
  End end;
  std::array<char, 512> piece{};
  for (::ssize_t size; (size = ::read(ends[0], piece.data(), piece.size())) > 0;) {
    end.said.append(piece.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

TEST_CASE("a story that ends the process shows its last lines, and the event that it was at") {
  End end = endOf([](Trace& trace) {
    trace.add(Instant{}, "worker 1", "Reached");
    trace.begin(Instant{}, "scheduler", "Tick");
    PI_CHECK(1 == 2);
  });
  CHECK(end.signal == SIGABRT);
  CHECK(end.said.find("    0.000000  worker 1    Reached\n"
                      "    0.000000  scheduler   Tick  => (the process ended here)\n"
                      "look at it\n") != std::string::npos);
}

TEST_CASE("a story that ends well prints nothing") {
  End end = endOf([](Trace& trace) { trace.add(Instant{}, "worker 1", "Reached"); });
  CHECK(end.signal == 0);
  CHECK(end.said == "");
}

}  // namespace
}  // namespace pi::simulation
