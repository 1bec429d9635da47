// What is no store of ours, or cannot be used, is refused in a sentence, and left alone.
#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "scheduler/store/database.h"
#include "scheduler/store/store_error.h"
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

// Empty if the store is loaded; else a sentence that names the file and ends with a remedy.
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

// A store with some jobs, some of them over.
void fill(const fs::path& path) {
  Database database(path);
  database.load(kNow);
  Life life(4);
  for (int i = 0; i < 12; ++i) database.commit(life.nextBatch(), kNow);
}

// While it lives this process may no more than any user.
class PlainUser {
 public:
  PlainUser() : wasRoot_(::geteuid() == 0) {
    if (wasRoot_) REQUIRE(::seteuid(65534) == 0);
  }
  ~PlainUser() {
    if (wasRoot_) static_cast<void>(::seteuid(0) == 0);
  }
  PlainUser(const PlainUser&) = delete;
  PlainUser& operator=(const PlainUser&) = delete;

 private:
  bool wasRoot_;
};

TEST_CASE("nothing is committed to a store that was removed or replaced while in use") {
  for (bool isReplaced : {false, true}) {
    CAPTURE(isReplaced);
    TemporaryFolder folder;
    fs::path path = folder.file();
    Database database(path);
    database.load(kNow);
    Life life(4);
    database.commit(life.nextBatch(), kNow);
    fs::rename(path, folder.path() / "elsewhere");
    if (isReplaced) std::ofstream(path) << "something else";

    CHECK_THROWS_AS(database.commit(life.nextBatch(), kNow), StoreError);
  }
}

}  // namespace

TEST_CASE("another program's database is refused, and not written to") {
  TemporaryFolder folder;
  execute(folder.file(), "CREATE TABLE mail (text TEXT); INSERT INTO mail VALUES ('hello')");
  std::string before = contentOf(folder.file());
  CHECK(says(refusal(folder.file()), "some other program"));
  CHECK(contentOf(folder.file()) == before);
}

TEST_CASE("a file that is no database is refused, and not written to") {
  TemporaryFolder folder;
  std::ofstream(folder.file()) << std::string(10'000, 'x');
  CHECK(says(refusal(folder.file()), "no job store"));
  CHECK(contentOf(folder.file()) == std::string(10'000, 'x'));
}

TEST_CASE("an empty file is refused: it was a store once") {
  TemporaryFolder folder;
  std::ofstream(folder.file()).flush();
  CHECK(says(refusal(folder.file()), "it is empty"));
}

TEST_CASE("a store of a newer release is refused, and not written to") {
  TemporaryFolder folder;
  fill(folder.file());
  execute(folder.file(), "PRAGMA user_version = 1000");
  std::string before = contentOf(folder.file());
  CHECK(says(refusal(folder.file()), "newer release"));
  CHECK(contentOf(folder.file()) == before);
}

TEST_CASE("a journal whose store is gone is not applied to a new one") {
  TemporaryFolder folder;
  std::ofstream(folder.file().string() + "-wal") << "WAL";
  CHECK(says(refusal(folder.file()), "move jobs.sqlite-wal away too"));
  CHECK_FALSE(fs::exists(folder.file()));
}

TEST_CASE("what is no plain file is refused") {
  TemporaryFolder folder;
  fill(folder.path() / "target");
  fs::create_symlink("target", folder.file());
  CHECK(says(refusal(folder.file()), "is no plain file"));
  fs::create_directory(folder.path() / "folder");
  CHECK(says(refusal(folder.path() / "folder"), "is no plain file"));
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK(says(refusal(folder.path() / "pipe"), "is no plain file"));
  CHECK(says(refusal(folder.path() / "missing" / "jobs.sqlite"), "No such file or directory"));
}

TEST_CASE("a folder that may not be written is refused") {
  TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms(0555));
  PlainUser user;
  CHECK(says(refusal(folder.file()), "Permission denied"));
}

TEST_CASE("a store that may not be written is refused") {
  TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms(0777));
  PlainUser user;
  fill(folder.file());
  fs::permissions(folder.file(), fs::perms(0400));
  CHECK(says(refusal(folder.file()), "it is write-protected"));
  fs::permissions(folder.file(), fs::perms(0));
  CHECK(says(refusal(folder.file()), "Permission denied"));
}

TEST_CASE("another user's store is refused") {
  if (::geteuid() != 0) return;
  TemporaryFolder folder;
  fill(folder.file());
  REQUIRE(::chown(folder.file().c_str(), 65534, 65534) == 0);
  CHECK(says(refusal(folder.file()), "belongs to another user"));
}

TEST_CASE("a store cannot be opened while the disk is full") {
  TemporaryFolder folder;
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

TEST_CASE("contents that no scheduler wrote are refused") {
  for (const char* sql :
       {"DELETE FROM job", "DELETE FROM store", "UPDATE fragment SET hits = x'00'",
        "UPDATE fragment SET worker = worker + 1", "UPDATE job SET state = 9",
        "UPDATE job SET uid = zeroblob(16)", "UPDATE job SET uid = x'00'",
        "UPDATE job SET stream_version = stream_version + 1", "UPDATE store SET last_job = 0",
        "UPDATE store SET secret = x'00'", "UPDATE contributor SET threads = threads + 1",
        "DROP TABLE contributor", "ALTER TABLE job ADD COLUMN note TEXT",
        "UPDATE job SET id = id + 1000"}) {
    CAPTURE(sql);
    TemporaryFolder folder;
    fill(folder.file());
    execute(folder.file(), sql);
    CHECK(says(refusal(folder.file()), "is damaged: "));
  }
}

}  // namespace pi::scheduler::testing
