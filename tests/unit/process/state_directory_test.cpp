#include "scheduler/state_directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "common/net/secrets/private_file.h"
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

// Everything below the folder, sorted.
std::vector<std::string> filesIn(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    names.push_back(fs::relative(entry.path(), folder).string());
  }
  std::ranges::sort(names);
  return names;
}

TEST_CASE("a start that fails removes what it has made in the state directory, and nothing else") {
  TemporaryFolder scratch;
  auto failToStart = [](const fs::path& path) {
    StateDirectory directory(path);
    directory.rememberPorts({.preferred = 8786, .last = 8786});
    for (const char* name : {"keys.json", "jobs.sqlite", "jobs.sqlite-wal"}) {
      std::ofstream(path / name, std::ios::app) << "new";
    }
    CHECK(filesIn(path).size() >= 5);
  };
  SUBCASE("a new directory") {
    failToStart(scratch.path() / "new" / "state");
    CHECK(filesIn(scratch.path()).empty());
  }
  SUBCASE("an empty directory") {
    fs::path state = scratch.path() / "state";
    net::makePrivateDirectory(state);
    failToStart(state);
    CHECK(filesIn(scratch.path()) == std::vector<std::string>{"state"});
  }
  SUBCASE("a directory with keys, a damaged store and a file of the user") {
    fs::path state = scratch.path() / "state";
    net::makePrivateDirectory(state);
    for (const char* name : {"keys.json", "jobs.sqlite", "notes"}) {
      std::ofstream(state / name) << "old";
    }
    failToStart(state);
    CHECK(filesIn(state) == std::vector<std::string>{"jobs.sqlite", "keys.json", "notes"});
    CHECK(contentOf(state / "keys.json").starts_with("old"));
  }
  SUBCASE("a new directory in which the user has put a file meanwhile") {
    fs::path state = scratch.path() / "state";
    {
      StateDirectory directory(state);
      std::ofstream(state / "notes") << "mine";
    }
    CHECK(filesIn(state) == std::vector<std::string>{"notes"});
  }
}

TEST_CASE(
    "a start that succeeds keeps what it has made, and a later one that fails keeps it, too") {
  TemporaryFolder scratch;
  fs::path state = scratch.path() / "new" / "state";
  {
    StateDirectory directory(state);
    directory.rememberPorts({.preferred = 8786, .last = 8786});
    directory.keep();
  }
  const std::vector<std::string> kept{"port", "scheduler.lock"};
  CHECK(filesIn(state) == kept);
  CHECK(refusal(state).empty());
  CHECK(filesIn(state) == kept);
}

// How often the process has this file open.
int timesOpen(pid_t process, const fs::path& file) {
  int times = 0;
  std::error_code ignored;
  fs::path folder = "/proc/" + std::to_string(process) + "/fd";
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    times += fs::read_symlink(entry.path(), ignored) == file;
  }
  return times;
}

TEST_CASE("a scheduler that waited for a start that failed has a lock that others see") {
  TemporaryFolder scratch;
  fs::path state = scratch.path() / "state";
  auto failing = std::make_unique<StateDirectory>(state);
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    CapturedLog log;
    bool isThere = false;
    std::string sentence = refusalOf([&] {
      StateDirectory directory(state);
      isThere = fs::exists(state / "scheduler.lock");
    });
    ::_exit(sentence.empty() && isThere ? 0 : 1);
  }
  // The child has inherited the file from this process, and opens it itself.
  while (timesOpen(child, state / "scheduler.lock") < 2 &&
         ::waitpid(child, nullptr, WNOHANG) == 0) {
  }

  failing.reset();

  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
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
