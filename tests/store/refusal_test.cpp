// The store refuses a file that it must not use, says why in a sentence, and does not change it.
#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "scheduler/store/database.h"
#include "scheduler/store/store_error.h"
#include "tests/can_run.h"
#include "tests/store/faulty_disk.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

namespace fs = std::filesystem;

void execute(const fs::path& path, const char* sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  REQUIRE(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
}

// Empty if the store can be loaded; else the sentence, which names the file and ends with a remedy.
std::string refusal(const fs::path& path) {
  try {
    Database(path).load(kNow);
    return "";
  } catch (const StoreError& error) {
    std::string sentence = error.what();
    CHECK(sentence.find(path.string()) != std::string::npos);
    CHECK(sentence.find("; ") != std::string::npos);
    CHECK(sentence.find('\n') == std::string::npos);
    return sentence;
  }
}

bool says(const std::string& sentence, const char* part) {
  INFO(sentence);
  CHECK(sentence.find(part) != std::string::npos);
  return sentence.find(part) != std::string::npos;
}

// Writes a store with some jobs, some of which are finished.
void fill(const fs::path& path) {
  Database database(path);
  database.load(kNow);
  BatchGenerator generator(4);
  for (int i = 0; i < 12; ++i) database.commit(generator.nextBatch(), kNow);
}

// While it exists, this process has the rights of an ordinary user.
class OrdinaryUser {
 public:
  OrdinaryUser() : wasRoot_(::geteuid() == 0) {
    if (wasRoot_) REQUIRE(::seteuid(65534) == 0);
  }
  ~OrdinaryUser() {
    if (wasRoot_) static_cast<void>(::seteuid(0) == 0);
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;

 private:
  bool wasRoot_;
};

TEST_CASE("nothing is committed to a store that was removed or replaced while in use") {
  for (bool isReplaced : {false, true}) {
    CAPTURE(isReplaced);
    StoreFolder folder;
    fs::path path = folder.file();
    Database database(path);
    database.load(kNow);
    BatchGenerator generator(4);
    database.commit(generator.nextBatch(), kNow);
    fs::rename(path, folder.path() / "elsewhere");
    if (isReplaced) std::ofstream(path) << "something else";

    CHECK_THROWS_AS(database.commit(generator.nextBatch(), kNow), StoreError);
  }
}

}  // namespace

TEST_CASE("the database of another program is refused and not changed") {
  StoreFolder folder;
  execute(folder.file(), "CREATE TABLE mail (text TEXT); INSERT INTO mail VALUES ('hello')");
  std::string before = contentOf(folder.file());
  CHECK(says(refusal(folder.file()), "another program"));
  CHECK(contentOf(folder.file()) == before);
}

TEST_CASE("a file that is not a database is refused and not changed") {
  StoreFolder folder;
  std::ofstream(folder.file()) << std::string(10'000, 'x');
  CHECK(says(refusal(folder.file()), "is not a job store"));
  CHECK(contentOf(folder.file()) == std::string(10'000, 'x'));
}

TEST_CASE("an empty file is refused") {
  StoreFolder folder;
  std::ofstream(folder.file()).flush();
  CHECK(says(refusal(folder.file()), "it is empty"));
}

TEST_CASE("a store of a newer release is refused and not changed") {
  StoreFolder folder;
  fill(folder.file());
  execute(folder.file(), "PRAGMA user_version = 1000");
  std::string before = contentOf(folder.file());
  CHECK(says(refusal(folder.file()), "newer release"));
  CHECK(contentOf(folder.file()) == before);
}

TEST_CASE("a journal whose store is missing is not applied to a new store") {
  StoreFolder folder;
  std::ofstream(folder.file().string() + "-wal") << "WAL";
  CHECK(says(refusal(folder.file()), "move jobs.sqlite-wal away too"));
  CHECK_FALSE(fs::exists(folder.file()));
}

TEST_CASE("a path that is not a regular file is refused") {
  StoreFolder folder;
  fill(folder.path() / "target");
  fs::create_symlink("target", folder.file());
  CHECK(says(refusal(folder.file()), "is not a regular file"));
  fs::create_directory(folder.path() / "folder");
  CHECK(says(refusal(folder.path() / "folder"), "is not a regular file"));
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK(says(refusal(folder.path() / "pipe"), "is not a regular file"));
  CHECK(says(refusal(folder.path() / "missing" / "jobs.sqlite"), "No such file or directory"));
}

TEST_CASE("a read-only folder is refused") {
  StoreFolder folder;
  fs::permissions(folder.path(), fs::perms(0555));
  OrdinaryUser user;
  CHECK(says(refusal(folder.file()), "Permission denied"));
}

TEST_CASE("a read-only store is refused") {
  StoreFolder folder;
  fs::permissions(folder.path(), fs::perms(0777));
  OrdinaryUser user;
  fill(folder.file());
  fs::permissions(folder.file(), fs::perms(0400));
  CHECK(says(refusal(folder.file()), "it is write-protected"));
  fs::permissions(folder.file(), fs::perms(0));
  CHECK(says(refusal(folder.file()), "Permission denied"));
}

TEST_CASE("the store of another user is refused") {
  std::optional<std::string> whyNot;
  if (::geteuid() != 0) whyNot = "this process is not root";
  if (!canRun("root", whyNot)) return;
  StoreFolder folder;
  fill(folder.file());
  REQUIRE(::chown(folder.file().c_str(), 65534, 65534) == 0);
  CHECK(says(refusal(folder.file()), "belongs to another user"));
}

TEST_CASE("a store that others could read or write is refused, and its mode stays as it is") {
  StoreFolder folder;
  fill(folder.file());
  struct Mode {
    int mode;
    const char* sentence;
  };
  for (Mode open :
       {Mode{0640, "could be read by others"}, Mode{0604, "could be read by others"},
        Mode{0620, "could be written by others"}, Mode{0666, "could be written by others"}}) {
    CAPTURE(open.mode);
    fs::permissions(folder.file(), fs::perms(open.mode));
    std::string sentence = refusal(folder.file());
    CHECK(says(sentence, open.sentence));
    CHECK(says(sentence, ("'chmod 600 " + folder.file().string() + "'").c_str()));
    CHECK(fs::status(folder.file()).permissions() == fs::perms(open.mode));
  }
  fs::permissions(folder.file(), fs::perms(0600));
  CHECK(refusal(folder.file()) == "");
}

TEST_CASE("a store cannot be opened while the disk is full") {
  StoreFolder folder;
  FaultyDisk disk;
  disk.setFull(true);
  CHECK(says(refusal(folder.file()), "the disk is full"));
  disk.setFull(false);
  fill(folder.file());
  disk.setFull(true);
  CHECK(says(refusal(folder.file()), "the disk is full"));
  disk.setFull(false);
  CHECK(refusal(folder.file()) == "");
}

TEST_CASE("a store whose contents were changed by hand is refused") {
  for (const char* sql :
       {"DELETE FROM job", "DELETE FROM store", "UPDATE fragment SET hits = x'00'",
        "UPDATE fragment SET worker = worker + 1", "UPDATE job SET state = 9",
        "UPDATE job SET uid = zeroblob(16)", "UPDATE job SET uid = x'00'",
        "UPDATE job SET stream_version = stream_version + 1", "UPDATE store SET last_job = 0",
        "UPDATE store SET secret = x'00'", "UPDATE contributor SET threads = threads + 1",
        "DROP TABLE contributor", "ALTER TABLE job ADD COLUMN note TEXT",
        "UPDATE job SET id = id + 1000"}) {
    CAPTURE(sql);
    StoreFolder folder;
    fill(folder.file());
    execute(folder.file(), sql);
    CHECK(says(refusal(folder.file()), "is damaged: "));
  }
}

}  // namespace pi::scheduler::testing
