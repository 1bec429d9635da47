#include "scheduler/store/store_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "scheduler/store/random_bytes.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/settings.h"
#include "scheduler/store/store_error.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const std::string& predicate) {
  throw StoreError("the job store " + path + " " + predicate);
}

[[noreturn]] void failBySystemError(const std::string& path, const std::string& verb, int error) {
  fail(path, "cannot be " + verb + ": " + std::system_category().message(error) +
                 "; make its directory readable and writable, or name another with --state-dir");
}

// Resolves links in the directory, because home directories on clusters are often links.
std::string absolutePath(const fs::path& path) {
  std::error_code error;
  fs::path folder = fs::canonical(path.has_parent_path() ? path.parent_path() : ".", error);
  if (error) failBySystemError(path.string(), "opened", error.value());
  return (folder / path.filename()).string();
}

// Refuses a file with results that others could change, or with a secret that they could read, as
// the keys are refused, too: to make it private without a word would hide this from the user.
void refuseOpenToOthers(const std::string& path, mode_t mode) {
  std::string remedy = "run 'chmod 600 " + path + "' and start again";
  if ((mode & (S_IWGRP | S_IWOTH)) != 0) {
    fail(path, "could be written by others; if you trust the results in it, " + remedy +
                   ", else move it away");
  }
  if ((mode & (S_IRGRP | S_IROTH)) != 0) fail(path, "could be read by others; " + remedy);
}

// Returns false if there is no file.  Refuses a file that must not be used.
bool checkExisting(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return false;
    failBySystemError(path, "opened", errno);
  }
  if (!S_ISREG(status.st_mode)) fail(path, "is not a regular file; move it away");
  if (status.st_uid != ::geteuid()) fail(path, "belongs to another user; move it away");
  // SQLite would treat it as a new database and delete its journal.
  if (status.st_size == 0) fail(path, "is damaged: it is empty; restore it, or move it away");
  refuseOpenToOthers(path, status.st_mode);
  return true;
}

// Must come before the first read.  In this mode SQLite keeps the WAL's index in the process's
// memory.  Otherwise it needs shared memory, which network file systems do not have.
void makeExclusive(sqlite::Connection& connection) {
  connection.execute("PRAGMA locking_mode = EXCLUSIVE");
}

void switchToWal(sqlite::Connection& connection) {
  if (connection.text("PRAGMA journal_mode = WAL") == "wal") return;
  throw StoreError(connection.sentence(
      "cannot be used on this file system; name another directory with --state-dir"));
}

void writeNewStore(sqlite::Connection& connection) {
  makeExclusive(connection);
  // No auto-vacuum: SQLite uses free pages again, so the file is as large as the most data that it
  // ever held, and no commit writes pages only to make the file smaller.
  connection.execute("PRAGMA page_size = " + std::to_string(kPageBytes) +
                     "; PRAGMA auto_vacuum = NONE; PRAGMA synchronous = FULL");
  connection.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  migrate(connection, schemaSteps());
  sqlite::Statement insert(connection, "INSERT INTO store VALUES (1,?,?,?,?,?,?,?,?)");
  insert.putBlob(randomBytes(kStoreSecretBytes))
      .put(0)
      .put(0)
      .put(0)
      .put(0)
      .put(0)
      .putText("")
      .putChecksum()
      .run();
  // Last, so that the WAL is empty when the file gets its final name.
  switchToWal(connection);
}

// Writes the file under a temporary name and renames it when all of it is on disk.
void create(const std::string& path) {
  for (std::string_view suffix : {"-wal", "-journal"}) {
    // SQLite would apply the old journal to the new file.
    if (::access((path + std::string(suffix)).c_str(), F_OK) == 0) {
      fail(path, "is missing, but its journal exists; restore the store, or move " +
                     fs::path(path).filename().string() + std::string(suffix) + " away too");
    }
  }
  std::string draft = path + ".new";
  for (const char* suffix : {"", "-wal", "-journal"}) ::unlink((draft + suffix).c_str());
  int file = ::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) failBySystemError(path, "created", errno);
  ::close(file);
  {
    sqlite::Connection connection(draft);
    writeNewStore(connection);
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) failBySystemError(path, "created", errno);
  int folder = ::open(fs::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);  // Some file systems cannot sync a directory.
  ::close(folder);
}

void refuseForeign(sqlite::Connection& connection) {
  if (connection.integer("PRAGMA application_id") == kApplicationId) return;
  throw StoreError(connection.sentence(
      "is a database of another program; move it away, or name another --state-dir"));
}

// Also finds values of a wrong type.  quick_check would not be faster: it only skips the comparison
// of indices with their tables, and the store has no indices.
void refuseDamaged(sqlite::Connection& connection) {
  std::string found = connection.text("PRAGMA integrity_check(1)");
  if (found != "ok") connection.failAsDamaged(found);
}

}  // namespace

std::string prepareStoreFile(const fs::path& path) {
  std::string name = absolutePath(path);
  if (!checkExisting(name)) create(name);
  return name;
}

sqlite::Connection openStore(const std::string& path) {
  sqlite::Connection connection(path);
  makeExclusive(connection);
  // With a memory map, an I/O error would be a signal.
  connection.execute("PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON");
  refuseForeign(connection);
  refuseNewer(connection, schemaSteps());
  refuseDamaged(connection);
  switchToWal(connection);  // The file has this mode already; this opens the WAL.
  // FULL syncs the WAL with each commit.  With NORMAL, a power cut could undo a reported commit.
  connection.execute("PRAGMA synchronous = FULL");
  connection.execute("PRAGMA wal_autocheckpoint = " + std::to_string(kWalPages));
  connection.execute("PRAGMA journal_size_limit = " + std::to_string(kWalFileBytes));
  connection.execute("PRAGMA cache_size = -" + std::to_string(kPageCacheKib));  // Minus: in KiB.
  connection.execute("PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF");
  migrate(connection, schemaSteps());
  return connection;
}

}  // namespace pi::scheduler
