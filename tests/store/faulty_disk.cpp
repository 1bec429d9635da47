#include "tests/store/faulty_disk.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler::testing {
namespace {

// The one disk, and the file system under it.
FaultyDisk* theDisk = nullptr;
sqlite3_vfs* theRealOne = nullptr;
sqlite3_vfs theVfs;

// As SQLite wants files: it gives the memory, szOsFile bytes.
struct File {
  sqlite3_file base;
  std::string* path;
  sqlite3_file* real;
};

File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file).real; }

int closeFile(sqlite3_file* file) {
  delete of(file).path;
  return real(file)->pMethods->xClose(real(file));
}
int readFile(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), data, size, offset);
}
int writeFile(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  return theDisk->write(real(file), *of(file).path, data, size, offset);
}
int truncateFile(sqlite3_file* file, sqlite3_int64 size) {
  theDisk->beginOperation();
  return real(file)->pMethods->xTruncate(real(file), size);
}
int syncFile(sqlite3_file* file, int /*flags*/) { return theDisk->sync(*of(file).path); }
int fileSize(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lockFile(sqlite3_file* file, int lock) { return real(file)->pMethods->xLock(real(file), lock); }
int unlockFile(sqlite3_file* file, int lock) {
  return real(file)->pMethods->xUnlock(real(file), lock);
}
int checkReservedLock(sqlite3_file* file, int* result) {
  return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int fileControl(sqlite3_file* /*file*/, int /*operation*/, void* /*argument*/) {
  return SQLITE_NOTFOUND;
}
int sectorSize(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
// None of what a file system may promise.
int deviceCharacteristics(sqlite3_file* /*file*/) { return 0; }

const sqlite3_io_methods kMethods = {.iVersion = 1,  // Without shared memory.
                                     .xClose = closeFile,
                                     .xRead = readFile,
                                     .xWrite = writeFile,
                                     .xTruncate = truncateFile,
                                     .xSync = syncFile,
                                     .xFileSize = fileSize,
                                     .xLock = lockFile,
                                     .xUnlock = unlockFile,
                                     .xCheckReservedLock = checkReservedLock,
                                     .xFileControl = fileControl,
                                     .xSectorSize = sectorSize,
                                     .xDeviceCharacteristics = deviceCharacteristics,
                                     .xShmMap = nullptr,
                                     .xShmLock = nullptr,
                                     .xShmBarrier = nullptr,
                                     .xShmUnmap = nullptr,
                                     .xFetch = nullptr,
                                     .xUnfetch = nullptr};

int openFile(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* outFlags) {
  auto* below = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(File));
  file->pMethods = nullptr;
  int result = theRealOne->xOpen(theRealOne, name, below, flags, outFlags);
  if (result != SQLITE_OK) return result;
  of(file) = {.base = {&kMethods}, .path = new std::string(name ? name : ""), .real = below};
  return SQLITE_OK;
}

int removeFile(sqlite3_vfs* /*vfs*/, const char* name, int /*syncFolder*/) {
  theDisk->beginOperation();
  return theRealOne->xDelete(theRealOne, name, 0);
}

}  // namespace

FaultyDisk::FaultyDisk() {
  check(theDisk == nullptr);
  theDisk = this;
  theRealOne = sqlite3_vfs_find(nullptr);
  theVfs = *theRealOne;
  theVfs.zName = "faulty";
  theVfs.pNext = nullptr;
  theVfs.szOsFile = static_cast<int>(sizeof(File)) + theRealOne->szOsFile;
  theVfs.xOpen = openFile;
  theVfs.xDelete = removeFile;
  sqlite3_vfs_register(&theVfs, 1);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&theVfs);
  sqlite3_vfs_register(theRealOne, 1);
  theDisk = nullptr;
}

void FaultyDisk::endAt(std::uint64_t operation, End end) {
  endAt_ = operation;
  end_ = end;
}

int FaultyDisk::write(sqlite3_file* file, const std::string& path, const void* data, int size,
                      std::int64_t offset) {
  ++operations_;
  if (isTheEnd()) {
    if (end_ == End::kTorn) file->pMethods->xWrite(file, data, size / 2, offset);
    end();
  }
  if (isFull_) return SQLITE_FULL;
  sqlite3_int64 length = 0;
  file->pMethods->xFileSize(file, &length);
  auto known = std::clamp<sqlite3_int64>(length - offset, 0, size);
  std::string old(static_cast<std::size_t>(known), '\0');
  if (known > 0) file->pMethods->xRead(file, old.data(), static_cast<int>(known), offset);
  unsynced_.push_back({path, offset, std::move(old), static_cast<std::size_t>(size)});
  return file->pMethods->xWrite(file, data, size, offset);
}

int FaultyDisk::sync(const std::string& path) {
  beginOperation();
  if (isUnableToSync_) return SQLITE_IOERR_FSYNC;
  std::erase_if(unsynced_, [&path](const Write& write) { return write.path == path; });
  return SQLITE_OK;
}

void FaultyDisk::beginOperation() {
  ++operations_;
  if (isTheEnd()) end();
}

void FaultyDisk::end() {
  if (end_ == End::kPowerCut) loseUnsynced();
  ::kill(::getpid(), SIGKILL);
  std::abort();
}

void FaultyDisk::loseUnsynced() {
  std::mt19937_64 random(endAt_);
  std::reverse(unsynced_.begin(), unsynced_.end());
  for (Write& write : unsynced_) {
    if (random() % 2 == 0) continue;
    int file = ::open(write.path.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) continue;
    write.old.resize(write.size, '\0');  // What the file did not have comes to be a hole.
    check(::pwrite(file, write.old.data(), write.old.size(), write.offset) ==
          static_cast<ssize_t>(write.old.size()));
    ::close(file);
  }
}

}  // namespace pi::scheduler::testing
