#include "scheduler/store/store_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "scheduler/store/random_bytes.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/store_error.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const std::string& predicate) {
  throw StoreError("the job store " + path + " " + predicate);
}

[[noreturn]] void failBySystem(const std::string& path, const std::string& verb, int error) {
  fail(path, "cannot be " + verb + ": " + std::system_category().message(error) +
                 "; make its directory readable and writable, or name another with --state-dir");
}

// In homes on large machines some directory above is often a link; the store's own name is ours.
std::string absolutePath(const fs::path& path) {
  std::error_code error;
  fs::path folder = fs::canonical(path.has_parent_path() ? path.parent_path() : ".", error);
  if (error) failBySystem(path.string(), "opened", error.value());
  return (folder / path.filename()).string();
}

// A fit file; false if there is none.
bool isThere(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return false;
    failBySystem(path, "opened", errno);
  }
  if (!S_ISREG(status.st_mode)) fail(path, "is no plain file; move it away");
  if (status.st_uid != ::geteuid()) fail(path, "belongs to another user; move it away");
  // SQLite would take it for a new one, and throw its journal away.
  if (status.st_size == 0) fail(path, "is damaged: it is empty; restore it, or move it away");
  bool isOpenToOthers = (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  if (isOpenToOthers && ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) {
    failBySystem(path, "closed to others", errno);
  }
  return true;
}

// Exclusive, and before anything is read: the index of the WAL is then in this process's memory,
// where it otherwise would be shared memory, which network file systems do not have.
void makeExclusive(sqlite::Connection& connection) {
  connection.execute("PRAGMA locking_mode = EXCLUSIVE");
}

void switchToWal(sqlite::Connection& connection) {
  if (connection.text("PRAGMA journal_mode = WAL") == "wal") return;
  throw StoreError(connection.sentence(
      "cannot be used on this file system; name another directory with --state-dir"));
}

void fill(sqlite::Connection& connection) {
  makeExclusive(connection);
  // No auto-vacuum: pages that are free are used again, so the file is as large as what was ever
  // kept at a time, and a commit writes no page twice to make it smaller.
  connection.execute(
      "PRAGMA page_size = 4096; PRAGMA auto_vacuum = NONE; PRAGMA synchronous = FULL");
  connection.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  migrate(connection, schemaSteps());
  sqlite::Statement insert(connection, "INSERT INTO store VALUES (1, ?, ?, ?, ?)");
  insert.putBlob(randomBytes(kSecretBytes))
      .put(std::uint64_t{0})
      .put(std::uint64_t{0})
      .putSum()
      .run();
  // Last, so that nothing is left to bring back from the WAL when the file gets its name.
  switchToWal(connection);
}

// Under another name until all of it is on disk, so that a file which is not whole is never ours.
void create(const std::string& path) {
  for (std::string_view suffix : {"-wal", "-journal"}) {
    // SQLite would apply it to the new file.
    if (::access((path + std::string(suffix)).c_str(), F_OK) == 0) {
      fail(path, "is missing, but its journal is there; restore it, or move " +
                     fs::path(path).filename().string() + std::string(suffix) + " away too");
    }
  }
  std::string draft = path + ".new";
  for (const char* suffix : {"", "-wal", "-journal"}) ::unlink((draft + suffix).c_str());
  int file = ::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) failBySystem(path, "made", errno);
  ::close(file);
  {
    sqlite::Connection connection(draft);
    fill(connection);
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) failBySystem(path, "made", errno);
  int folder = ::open(fs::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);  // Not every file system can.
  ::close(folder);
}

void refuseForeign(sqlite::Connection& connection) {
  if (connection.integer("PRAGMA application_id") == kApplicationId) return;
  throw StoreError(connection.sentence(
      "is a database of some other program; move it away, or name another --state-dir"));
}

// Also finds values of a wrong type.  Not quick_check, which saves nothing worth having here: it
// omits comparing indices with their tables, and there is none.
void refuseDamaged(sqlite::Connection& connection) {
  std::string found = connection.text("PRAGMA integrity_check(1)");
  if (found != "ok") connection.failAsDamaged(found);
}

}  // namespace

std::string prepareStoreFile(const fs::path& path) {
  std::string name = absolutePath(path);
  if (!isThere(name)) create(name);
  return name;
}

sqlite::Connection openStore(const std::string& path) {
  sqlite::Connection connection(path);
  makeExclusive(connection);
  // Memory maps turn I/O errors into signals.
  connection.execute("PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON");
  refuseForeign(connection);
  refuseNewer(connection, schemaSteps());
  refuseDamaged(connection);
  switchToWal(connection);  // As it was made; this opens the journal.
  // FULL syncs the WAL with every commit; NORMAL would let a power cut take back what was promised.
  // The WAL goes back into the file every 4 MiB, and what a large commit makes it more is cut off.
  connection.execute(
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000;"
      "PRAGMA journal_size_limit = 4194304; PRAGMA cache_size = -8192;"
      "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF");
  migrate(connection, schemaSteps());
  return connection;
}

}  // namespace pi::scheduler
