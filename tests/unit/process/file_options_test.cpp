#include "scheduler/file_options.h"

#include <doctest/doctest.h>

#include "tests/unit/process/scratch.h"

namespace pi::scheduler::testing {
namespace {

namespace fs = std::filesystem;

// Options whose files lie in a folder of their own.
struct Fixture {
  Fixture() {
    fs::create_directory(state);
    options.stateDir = state.string();
    options.connectionFile = (scratch.path() / "scheduler.json").string();
    options.pidFile = (scratch.path() / "pid").string();
    options.logFile = (scratch.path() / "log").string();
  }
  std::string refusal() const {
    return refusalOf([&] { refuseSharedFiles(options); });
  }

  TemporaryFolder scratch;
  fs::path state = scratch.path() / "state";
  ServeOptions options;
};

TEST_CASE("a log, a pid file and a connection file of their own are accepted") {
  Fixture fixture;
  CHECK(fixture.refusal().empty());
  fixture.options.logFile = (fixture.state / "log").string();
  CHECK(fixture.refusal().empty());
  fixture.options = {};
  CHECK(fixture.refusal().empty());
}

TEST_CASE("no file of the state directory may be the log, the pid file or the connection file") {
  for (const char* name : {"keys.json", "jobs.sqlite", "jobs.sqlite-wal", "scheduler.lock", "port",
                           "observer.token"}) {
    CAPTURE(name);
    for (auto option :
         {&ServeOptions::logFile, &ServeOptions::pidFile, &ServeOptions::connectionFile}) {
      Fixture fixture;
      fixture.options.*option = (fixture.state / name).string();
      std::string sentence = fixture.refusal();
      CHECK(mentions(sentence, std::string(name) + " of the state directory are the same file"));
      CHECK(mentions(sentence, "; name another with --"));
    }
  }
}

TEST_CASE("two options may not name one file") {
  Fixture fixture;
  fixture.options.logFile = fixture.options.pidFile;
  CHECK(mentions(fixture.refusal(), "--log-file and --pid-file are the same file"));
  fixture.options.logFile = fixture.options.connectionFile;
  CHECK(mentions(fixture.refusal(), "--log-file and --connection-file are the same file"));
  fixture.options.logFile = "key.pem";
  fixture.options.access.certificates = CertificateFiles{"cert.pem", "key.pem", "ca.pem"};
  CHECK(mentions(fixture.refusal(), "--log-file and --tls-key are the same file"));
}

TEST_CASE("another path to the same file is noticed") {
  Fixture fixture;
  auto log = [&](const fs::path& path) {
    fixture.options.logFile = path.string();
    return fixture.refusal();
  };
  fs::create_directory(fixture.scratch.path() / "other");
  CHECK(mentions(log(fixture.scratch.path() / "other" / ".." / "state" / "port"), "port of the"));
  // A link to a directory, a link to a file that does not exist, and a link to a link.
  fs::create_directory_symlink("state", fixture.scratch.path() / "link");
  CHECK(mentions(log(fixture.scratch.path() / "link" / "port"), "port of the"));
  fs::create_symlink("state/keys.json", fixture.scratch.path() / "dangling");
  CHECK(mentions(log(fixture.scratch.path() / "dangling"), "keys.json of the"));
  fs::create_symlink("dangling", fixture.scratch.path() / "second");
  CHECK(mentions(log(fixture.scratch.path() / "second"), "keys.json of the"));
  // A second name of the file.
  std::ofstream(fixture.state / "jobs.sqlite") << "x";
  fs::create_hard_link(fixture.state / "jobs.sqlite", fixture.scratch.path() / "twin");
  CHECK(mentions(log(fixture.scratch.path() / "twin"), "jobs.sqlite of the"));
}

TEST_CASE("without --state-dir the files beside the connection file are the scheduler's") {
  Fixture fixture;
  fixture.options.stateDir.reset();
  fixture.options.pidFile = (fixture.scratch.path() / "port").string();
  CHECK(mentions(fixture.refusal(), "--pid-file and port of the state directory"));
}

}  // namespace
}  // namespace pi::scheduler::testing
