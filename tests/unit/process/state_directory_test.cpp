#include "scheduler/state_directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/process/scratch.h"
#include "tests/unit/service/captured_log.h"

namespace pi::scheduler::testing {
namespace {

namespace fs = std::filesystem;

std::string refusal(const fs::path& path) {
  return refusalOf([&] { StateDirectory directory(path); });
}

TEST_CASE("a state directory remembers the preferred port and the last one") {
  TemporaryFolder scratch;
  StateDirectory directory(scratch.path() / "state");
  CHECK_FALSE(directory.ports());
  directory.rememberPorts({.preferred = 8786, .last = 4711});
  CHECK(directory.ports() == Ports{.preferred = 8786, .last = 4711});
  for (const char* one : {"4711\n", "4711", "4711 x", "4711 70000"}) {
    CAPTURE(one);
    std::ofstream(directory.path() / "port") << one;
    CHECK(directory.ports() == Ports{.preferred = 4711, .last = 4711});
  }
  for (const char* broken : {"", "x", "0", "70000", "-1"}) {
    CAPTURE(broken);
    std::ofstream(directory.path() / "port") << broken;
    CHECK_FALSE(directory.ports());
  }
}

TEST_CASE("a state directory below one that every user can write to is refused, unless sticky") {
  TemporaryFolder scratch;
  fs::path open = scratch.path() / "open";
  fs::create_directory(open);
  fs::path state = open / "mine" / "state";
  REQUIRE(::chmod(open.c_str(), 0777) == 0);

  std::string sentence = refusal(state);
  CHECK(mentions(sentence, open.string() + ", above it, can be written by others"));
  CHECK(mentions(sentence, "name one elsewhere with --state-dir"));
  CHECK_FALSE(fs::exists(open / "mine"));  // A refused start makes nothing.
  // Also if a symbolic link hides it, or a symbolic link is in it.
  fs::create_directory(open / "mine");
  fs::create_symlink(open / "mine", scratch.path() / "link");
  CHECK(mentions(refusal(scratch.path() / "link" / "state"), "can be written by others"));
  fs::create_directory(scratch.path() / "private");
  fs::create_symlink(scratch.path() / "private", open / "out");
  CHECK(mentions(refusal(open / "out" / "state"), "can be written by others"));

  REQUIRE(::chmod(open.c_str(), 01777) == 0);
  CHECK(refusal(state).empty());
}

TEST_CASE("a state directory below one of another user or of a group gets a warning") {
  TemporaryFolder scratch;
  fs::path shared = scratch.path() / "shared";
  fs::create_directory(shared);
  REQUIRE(::chmod(shared.c_str(), 0775) == 0);
  {
    CapturedLog log;
    CHECK(refusal(shared / "state").empty());
    CHECK(log.count("warning") == 1);
    CHECK(mentions(log.text(), shared.string() + ", above it, can be written by its group"));
  }
  REQUIRE(::chmod(shared.c_str(), 0755) == 0);
  {
    CapturedLog log;
    CHECK(refusal(shared / "state").empty());
    CHECK(log.text().empty());
  }
  if (::chown(shared.c_str(), 4711, 4711) != 0) return;  // Only root can do this.
  CapturedLog log;
  CHECK(refusal(shared / "state").empty());
  CHECK(mentions(log.text(), shared.string() + ", above it, belongs to user 4711"));
}

TEST_CASE("a scheduler that finds the lock taken says at once for whom it waits") {
  TemporaryFolder scratch;
  StateDirectory first(scratch.path() / "state");
  // The lock is a process's: another one has to ask for it.
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    CapturedLog log;
    std::string sentence = refusal(scratch.path() / "state");
    std::string holder = "pid " + std::to_string(::getppid());
    bool isSaid = log.count("waiting two seconds for its end") == 1 && mentions(log.text(), holder);
    ::_exit(isSaid && mentions(sentence, holder) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

}  // namespace
}  // namespace pi::scheduler::testing
