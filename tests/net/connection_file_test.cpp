#include "common/net/discovery/connection_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "common/net/transport/interfaces.h"
#include "tests/temporary_folder.h"

using namespace pi::net;
using pi::Address;
using pi::Role;
using pi::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

// The place of a connection file.
struct Scratch {
  void put(const std::string& text) const {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::string errorOfReading() const {
    auto read = readConnectionFile(path);
    CHECK(!read.hasValue());
    return read.error().what();
  }

  TemporaryFolder folder;
  fs::path root = folder.path();
  fs::path path = root / "state" / "pi" / "scheduler.json";
};

const ConnectionFile kFile{.schedulerId = "a1b2",
                           .pid = 4711,
                           .host = "login1",
                           .addresses = {{"10.0.0.1", 8786}, {"::1", 8786}},
                           .security = Security::kKeys,
                           .schedulerKey = "00ff",
                           .workerKey = Secret("worker's"),
                           .clientKey = Secret("client's"),
                           .ownerKey = Secret("owner's"),
                           .dashboard = "http://127.0.0.1:8787/",
                           .observerToken = Secret("observer's")};

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

unsigned modeOf(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777u;
}

}  // namespace

TEST_CASE("a connection file does not replace a device or a FIFO") {
  Scratch scratch;
  fs::create_directories(scratch.path.parent_path());
  REQUIRE(::mkfifo(scratch.path.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(writeConnectionFile(scratch.path, kFile),
                       doctest::Contains("it is no plain file"), ConnectionFileError);
  CHECK(fs::is_fifo(scratch.path));
}

TEST_CASE("a connection file is read as it was written, and only its owner may read it") {
  Scratch scratch;
  writeConnectionFile(scratch.path, kFile);
  CHECK(*readConnectionFile(scratch.path) == kFile);
  CHECK(modeOf(scratch.path) == 0600);
  CHECK(modeOf(scratch.path.parent_path()) == 0700);
  CHECK(modeOf(scratch.root / "state") == 0700);

  ConnectionFile other = kFile;
  other.addresses.pop_back();
  writeConnectionFile(scratch.path, other);
  CHECK(*readConnectionFile(scratch.path) == other);
  auto files = fs::directory_iterator(scratch.path.parent_path());
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("a missing connection file is distinguished from a damaged one") {
  Scratch scratch;
  CHECK(readConnectionFile(scratch.path).error().isMissing());
  CHECK(mentions(scratch.errorOfReading(), "start pi-scheduler"));

  for (const char* text :
       {"", "{", "[]", "{}", "null", R"({"version": "1"})", R"({"version":1e99})",
        R"({"version":1.5})", R"({"version":1,"scheduler_id":"a","pid":-1.5,"host":1})",
        R"({"version":1,"scheduler_id":"a","pid":4294967297,"host":"h","addresses":[]})",
        R"({"version":1,"scheduler_id":"a","pid":1,"host":"h","addresses":[""]})"}) {
    CAPTURE(text);
    scratch.put(text);
    CHECK(!readConnectionFile(scratch.path).error().isMissing());
    CHECK(mentions(scratch.errorOfReading(), "is damaged; try again in some seconds"));
  }
  scratch.put(R"({"version": 2})");
  CHECK(mentions(scratch.errorOfReading(), "version 2"));
  scratch.put(std::string(2 << 20, ' '));
  CHECK(mentions(scratch.errorOfReading(), "too large"));
}

TEST_CASE("a connection file with other text around it says what to remove") {
  Scratch scratch;
  const std::string whole(textOf(kFile).reveal());
  for (const std::string& text : {"log line\n" + whole, whole + "--\nBest wishes\n",
                                  "> mail\n" + whole + "> end {of} it\n}"}) {
    CAPTURE(text);
    scratch.put(text);
    bool isOne = text.back() != '}';
    CHECK(mentions(scratch.errorOfReading(),
                   isOne ? "has other text around its JSON; remove the lines before"
                         : "is damaged; try again in some seconds"));
  }
}

TEST_CASE("a symbolic link to a connection file stays one when the file is written and removed") {
  Scratch scratch;
  fs::path target = scratch.root / "elsewhere" / "file.json";
  fs::create_directories(scratch.path.parent_path());
  fs::create_symlink("../../elsewhere/file.json", scratch.path);
  for (int i = 0; i < 2; ++i) {
    writeConnectionFile(scratch.path, kFile);
    CHECK(fs::is_symlink(scratch.path));
    CHECK(*readConnectionFile(scratch.path) == kFile);
    CHECK(modeOf(target) == 0600);
  }
  removeConnectionFile(scratch.path, kFile.schedulerId);
  CHECK(fs::is_symlink(scratch.path));
  CHECK_FALSE(fs::exists(target));
  // A link that leads to itself is replaced; one of another user is not followed.
  fs::remove(scratch.path);
  fs::create_symlink(scratch.path, scratch.path);
  writeConnectionFile(scratch.path, kFile);
  CHECK(*readConnectionFile(scratch.path) == kFile);
  fs::path victim = scratch.root / "victim";
  std::ofstream(victim) << "precious";
  fs::remove(scratch.path);
  fs::create_symlink(victim, scratch.path);
  if (::lchown(scratch.path.c_str(), 4711, 4711) != 0) return;  // Only root can do this.
  writeConnectionFile(scratch.path, kFile);
  std::string content;
  std::ifstream(victim) >> content;
  CHECK(content == "precious");
}

TEST_CASE("fields of a newer program are ignored") {
  Scratch scratch;
  scratch.put(R"({"version":1,"scheduler_id":"a","pid":1,"host":"h","addresses":["tcp://h:1"],
                  "light":null,"keys":{"king":"x"},"more":[1]})");
  CHECK(readConnectionFile(scratch.path)->addresses.at(0) == Address{"h", 1});
}

TEST_CASE("a role gets its own key and no other") {
  for (Role role : {Role::kWorker, Role::kClient, Role::kOwner, Role::kObserver}) {
    CAPTURE(name(role));
    Scratch scratch;
    writeConnectionFile(scratch.path, forRole(kFile, role));
    ConnectionFile read = readConnectionFile(scratch.path).value();
    CHECK(read.addresses == kFile.addresses);
    CHECK(read.schedulerKey == kFile.schedulerKey);
    CHECK(read.workerKey.empty() == (role != Role::kWorker));
    CHECK(read.clientKey.empty() == (role != Role::kClient));
    CHECK(read.ownerKey.empty() == (role != Role::kOwner));
    // Clients and owners may observe, too; a worker may not.
    CHECK(read.observerToken.empty() == (role == Role::kWorker));
    CHECK(read.dashboard == kFile.dashboard);
    CHECK_FALSE(keyOf(read, role).empty());
  }
}

TEST_CASE("a connection file that others could read or write is refused, with the remedy") {
  Scratch scratch;
  writeConnectionFile(scratch.path, kFile);
  for (unsigned mode : {0640u, 0604u, 0620u, 0602u, 0666u}) {
    CAPTURE(mode);
    REQUIRE(::chmod(scratch.path.c_str(), mode) == 0);
    ConnectionFileRead read = readConnectionFile(scratch.path);
    REQUIRE(!read.hasValue());
    CHECK(read.error().isUnsafe());
    CHECK(
        mentions(read.error().what(), (mode & 022u) != 0 ? "written by others" : "read by others"));
    CHECK(mentions(read.error().what(), "chmod 600 " + scratch.path.string()));
    CHECK(mentions(read.error().what(), "keys.json"));
  }
  REQUIRE(::chmod(scratch.path.c_str(), 0400) == 0);
  CHECK(*readConnectionFile(scratch.path) == kFile);
}

TEST_CASE("a scheduler may replace no file, an empty one, and a connection file of its user") {
  Scratch scratch;
  auto isReplaceable = [&] { return readConnectionFile(scratch.path).error().mayBeReplaced(); };
  CHECK(isReplaceable());
  for (const char* text : {"", R"({"version":7,"scheduler_id":"a"})", R"({"scheduler_id":1})",
                           R"({"version":1,"scheduler_id":"a","pid":-1})"}) {
    CAPTURE(text);
    scratch.put(text);
    CHECK(isReplaceable());
  }
  for (const char* text : {"my thesis", "{}", "[1]", "null", R"({"version": 1})"}) {
    CAPTURE(text);
    scratch.put(text);
    CHECK_FALSE(isReplaceable());
  }
  scratch.put(std::string(2 << 20, ' '));
  CHECK_FALSE(isReplaceable());
  writeConnectionFile(scratch.path, kFile);
  REQUIRE(::chmod(scratch.path.c_str(), 0644) == 0);
  CHECK(isReplaceable());
  REQUIRE(::chmod(scratch.path.c_str(), 0664) == 0);
  CHECK_FALSE(isReplaceable());  // It is not even parsed.
}

TEST_CASE("a connection file without keys may be readable for others, but not writable") {
  Scratch scratch;
  ConnectionFile open = forRole(kFile, Role::kScheduler);
  open.security = Security::kNone;
  writeConnectionFile(scratch.path, open);
  REQUIRE(::chmod(scratch.path.c_str(), 0644) == 0);
  CHECK(*readConnectionFile(scratch.path) == open);
  REQUIRE(::chmod(scratch.path.c_str(), 0664) == 0);
  CHECK(readConnectionFile(scratch.path).error().isUnsafe());
}

TEST_CASE("a connection file with nothing but a token is a secret, too") {
  Scratch scratch;
  ConnectionFile observers = forRole(kFile, Role::kObserver);
  observers.security = Security::kCertificates;
  writeConnectionFile(scratch.path, observers);
  CHECK(*readConnectionFile(scratch.path) == observers);
  REQUIRE(::chmod(scratch.path.c_str(), 0644) == 0);
  CHECK(readConnectionFile(scratch.path).error().isUnsafe());
}

TEST_CASE("a connection file that belongs to another user is refused") {
  Scratch scratch;
  writeConnectionFile(scratch.path, kFile);
  if (::chown(scratch.path.c_str(), 4711, 4711) != 0) return;  // Only root can do this.
  ConnectionFileRead read = readConnectionFile(scratch.path);
  CHECK(read.error().isUnsafe());
  CHECK(mentions(read.error().what(), "belongs to user 4711"));
}

TEST_CASE("a file with an unknown kind of security is refused") {
  Scratch scratch;
  scratch.put(R"({"version":1,"scheduler_id":"a","pid":1,"host":"h","addresses":["tcp://h:1"],
                  "security":"passports"})");
  CHECK(mentions(scratch.errorOfReading(), "use programs of one release"));
}

TEST_CASE("a scheduler removes its own connection file, and not another scheduler's") {
  Scratch scratch;
  writeConnectionFile(scratch.path, kFile);
  removeConnectionFile(scratch.path, "another");
  CHECK(fs::exists(scratch.path));
  removeConnectionFile(scratch.path, kFile.schedulerId);
  CHECK(!fs::exists(scratch.path));
}

TEST_CASE("an error of writing a connection file is one line") {
  Scratch scratch;
  std::ofstream(scratch.root / "state") << "not a directory";
  try {
    writeConnectionFile(scratch.path, kFile);
    FAIL("was written");
  } catch (const ConnectionFileError& error) {
    CHECK(mentions(error.what(), scratch.path.string()));
    CHECK(!mentions(error.what(), "\n"));
  }
}

TEST_CASE("a connection file is stale when its scheduler on this machine has ended") {
  pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);

  ConnectionFile file = kFile;
  file.host = hostName();
  file.pid = static_cast<std::uint32_t>(child);
  CHECK(isStale(file));
  file.host = "elsewhere.example";
  CHECK(!isStale(file));
  file.host = hostName();
  file.pid = static_cast<std::uint32_t>(::getpid());
  CHECK(!isStale(file));
}

TEST_CASE(
    "the path of the connection file comes from the environment, else it is in the home "
    "directory") {
  ::setenv("HOME", "/home/someone", 1);
  ::unsetenv("PI_CONNECTION_FILE");
  ::unsetenv("XDG_STATE_HOME");
  CHECK(defaultConnectionFile() == "/home/someone/.local/state/pi/scheduler.json");
  ::setenv("XDG_STATE_HOME", "/state", 1);
  CHECK(defaultConnectionFile() == "/state/pi/scheduler.json");
  ::setenv("PI_CONNECTION_FILE", "/here.json", 1);
  CHECK(defaultConnectionFile() == "/here.json");
}
