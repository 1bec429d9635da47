#include "scheduler/pid_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/process/scratch.h"

namespace pi::scheduler::testing {
namespace {

namespace fs = std::filesystem;

std::string refusal(const fs::path& path) {
  return refusalOf([&] { PidFile file(path.string()); });
}

TEST_CASE("a pid file has the process id for as long as it lives, also after a crash left one") {
  TemporaryFolder scratch;
  fs::path path = scratch.path() / "pid";
  for (const char* before : {"", "4711", "4711\n"}) {
    CAPTURE(before);
    std::ofstream(path) << before;
    {
      PidFile file(path.string());
      CHECK(contentOf(path) == std::to_string(::getpid()) + "\n");
    }
    CHECK_FALSE(fs::exists(path));
  }
}

TEST_CASE("a pid file that another process has written since stays") {
  TemporaryFolder scratch;
  fs::path path = scratch.path() / "pid";
  {
    PidFile file(path.string());
    std::ofstream(path) << "4711\n";
  }
  CHECK(contentOf(path) == "4711\n");
}

TEST_CASE("a file that is no pid file is refused and left as it is") {
  TemporaryFolder scratch;
  fs::path notes = scratch.path() / "notes";
  for (const char* content : {"my notes\n", "4711\n4712\n", " 4711", "4711 x"}) {
    CAPTURE(content);
    std::ofstream(notes) << content;
    CHECK(mentions(refusal(notes), "it is not a pid file"));
    CHECK(mentions(refusal(notes), "; name another with --pid-file"));
    CHECK(contentOf(notes) == content);
  }
  const std::string digits(1000, '7');
  std::ofstream(notes) << digits;
  CHECK(mentions(refusal(notes), "it is not a pid file"));
  CHECK(contentOf(notes) == digits);
}

TEST_CASE("a pid file belongs to one process at a time, and to the next one after its end") {
  TemporaryFolder scratch;
  fs::path path = scratch.path() / "pid";
  {
    PidFile first(path.string());
    CHECK(mentions(refusal(path), "belongs to a scheduler that is running (pid " +
                                      std::to_string(::getpid()) + ")"));
    CHECK(mentions(refusal(path), "name another file with --pid-file"));
    CHECK(contentOf(path) == std::to_string(::getpid()) + "\n");
  }
  CHECK_FALSE(fs::exists(path));
  CHECK(refusal(path).empty());
}

TEST_CASE("a pid file that was replaced by another file stays") {
  TemporaryFolder scratch;
  fs::path path = scratch.path() / "pid";
  {
    PidFile file(path.string());
    fs::rename(path, scratch.path() / "elsewhere");
    std::ofstream(path) << ::getpid() << "\n";
  }
  CHECK(fs::exists(path));
}

TEST_CASE("whether a pid file is usable is checked without making it") {
  TemporaryFolder scratch;
  auto check = [](const fs::path& path) {
    return refusalOf([&] { PidFile::requireUsable(path.string()); });
  };
  CHECK(check(scratch.path() / "pid").empty());
  CHECK_FALSE(fs::exists(scratch.path() / "pid"));
  CHECK(mentions(check(scratch.path() / "no" / "pid"), "No such file or directory"));
  CHECK(mentions(check(scratch.path()), "cannot be written"));
  std::ofstream(scratch.path() / "notes") << "my notes";
  CHECK(mentions(check(scratch.path() / "notes"), "it is not a pid file"));
}

TEST_CASE("a FIFO, a directory, a device or a symbolic link is refused as a pid file at once") {
  TemporaryFolder scratch;
  fs::path fifo = scratch.path() / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(mentions(refusal(fifo), "it is no plain file"));
  CHECK(fs::is_fifo(fifo));
  CHECK(mentions(refusal(scratch.path()), "cannot be written"));
  CHECK(mentions(refusal("/dev/null"), "it is no plain file"));
  fs::path link = scratch.path() / "link", target = scratch.path() / "target";
  std::ofstream(target) << "1\n";
  fs::create_symlink(target, link);
  CHECK(mentions(refusal(link), "cannot be written"));
  CHECK(contentOf(target) == "1\n");
}

TEST_CASE("a pid file of another user is refused") {
  TemporaryFolder scratch;
  fs::path path = scratch.path() / "pid";
  std::ofstream(path) << "1\n";
  if (::chown(path.c_str(), 4711, 4711) != 0) return;  // Only root can do this.
  CHECK(mentions(refusal(path), "it belongs to user 4711"));
  CHECK(contentOf(path) == "1\n");
}

}  // namespace
}  // namespace pi::scheduler::testing
