#include "scheduler/published_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/process/scratch.h"
#include "tests/unit/service/captured_log.h"

namespace pi::scheduler::testing {
namespace {

namespace fs = std::filesystem;

const net::ConnectionFile kFile{.schedulerId = "a1b2",
                                .pid = 4711,
                                .host = "login1",
                                .addresses = {{"10.0.0.1", 8786}},
                                .schedulerKey = "00ff",
                                .workerKey = {},
                                .clientKey = net::Secret("client's"),
                                .ownerKey = {}};

// A scheduler that has published its file, and its log from then on.
struct Fixture {
  void look() {
    file.look();
    while (file.isLooking()) {
      loop.timer().afterDelay(kj::MILLISECONDS).wait(loop.waitScope());
    }
  }
  net::ConnectionFile onDisk() const { return net::readConnectionFile(path).value(); }

  TemporaryFolder scratch;
  fs::path path = scratch.path() / "scheduler.json";
  net::KjLoop loop;
  PublishedFile file{loop, path, kFile};
  CapturedLog log;
};

TEST_CASE("a connection file that is as it should be is not touched") {
  Fixture fixture;
  auto before = fs::last_write_time(fixture.path);
  fixture.look();
  CHECK(fs::last_write_time(fixture.path) == before);
  CHECK(fixture.log.text().empty());
}

TEST_CASE("a connection file that disappeared is written again each time, and the log says so") {
  Fixture fixture;
  for (std::size_t times : {1, 2}) {
    fs::remove(fixture.path);
    fixture.look();
    CHECK(fixture.onDisk() == kFile);
    CHECK(fixture.log.count(fixture.path.string() + " again: it had disappeared") == times);
  }
}

TEST_CASE("a connection file that was changed, damaged or opened to others is mended") {
  Fixture fixture;
  SUBCASE("damaged") {
    std::ofstream(fixture.path) << "{";
    fixture.look();
    CHECK(mentions(fixture.log.text(), "is damaged"));
  }
  SUBCASE("changed") {
    net::ConnectionFile other = kFile;
    other.addresses.clear();
    net::writeConnectionFile(fixture.path, other);
    fixture.look();
    CHECK(mentions(fixture.log.text(), "again: it had been changed"));
  }
  SUBCASE("opened to others") {
    REQUIRE(::chmod(fixture.path.c_str(), 0644) == 0);
    fixture.look();
    CHECK(mentions(fixture.log.text(), "could be read by others"));
  }
  CHECK(fixture.onDisk() == kFile);
  struct stat status {};
  REQUIRE(::stat(fixture.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777u) == 0600);
}

TEST_CASE("new addresses go into the connection file, and the log names them") {
  Fixture fixture;
  fixture.file.setAddresses({{"10.0.0.2", 8786}, {"fd00::2", 8786}});
  fixture.look();
  CHECK(fixture.onDisk().addresses == fixture.file.addresses());
  CHECK(
      mentions(fixture.log.text(), "addresses are now tcp://10.0.0.2:8786, tcp://[fd00::2]:8786"));
  fixture.look();
  CHECK(fixture.log.count("again") == 1);
  fixture.file.setAddresses({});
  fixture.look();
  CHECK(fixture.log.count("addresses are now none") == 1);
}

TEST_CASE("the connection file of another scheduler stays, and the log says it once") {
  Fixture fixture;
  net::ConnectionFile other = kFile;
  other.schedulerId = "ffff";
  other.pid = 12;
  net::writeConnectionFile(fixture.path, other);
  fixture.look();
  fixture.look();
  CHECK(fixture.onDisk() == other);
  CHECK(fixture.log.count("leads to another scheduler now (pid 12 on login1)") == 1);
  // When it is gone, the file is this scheduler's again.
  fs::remove(fixture.path);
  fixture.look();
  CHECK(fixture.onDisk() == kFile);
}

TEST_CASE(
    "a connection file that cannot be written is said once, and written when it is possible") {
  Fixture fixture;
  fs::remove(fixture.path);
  fs::create_directory(fixture.path);
  fixture.look();
  fixture.look();
  CHECK(fixture.log.count("cannot write the connection file") == 1);
  fs::remove(fixture.path);
  fixture.look();
  CHECK(fixture.onDisk() == kFile);
}

TEST_CASE("the connection file is removed at the end, also right after a look has begun") {
  TemporaryFolder scratch;
  fs::path path = scratch.path() / "scheduler.json";
  net::KjLoop loop;
  {
    PublishedFile file(loop, path, kFile);
    file.look();
  }
  CHECK_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace pi::scheduler::testing
