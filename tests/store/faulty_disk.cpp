#include "tests/store/faulty_disk.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <utility>

#include "common/base/check.h"
#include "tests/store/testing.h"

// The linker replaces rename() and fsync() by the __wrap functions and chooses the names (see
// CMakeLists.txt).
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
int __real_rename(const char* from, const char* to);
int __real_fsync(int file);
int __wrap_rename(const char* from, const char* to);
int __wrap_fsync(int file);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace pi::scheduler::testing {
namespace {

// The only disk of the process, and the file system below it.
FaultyDisk* theDisk = nullptr;
sqlite3_vfs* theRealVfs = nullptr;
sqlite3_vfs theVfs;

// The layout that SQLite expects of a file.  SQLite allocates it with szOsFile bytes.
struct OpenFile {
  sqlite3_file base;
  FaultyDisk::File* image;
  bool isNameUnsynced;
  sqlite3_file* real;
};

OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file).real; }

int closeFile(sqlite3_file* file) {
  delete of(file).image;
  return real(file)->pMethods->xClose(real(file));
}
int readFile(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), data, size, offset);
}
int writeFile(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  theDisk->write(real(file), **of(file).image, data, size, offset);
  if (theDisk->isFull()) return SQLITE_FULL;
  return real(file)->pMethods->xWrite(real(file), data, size, offset);
}
int truncateFile(sqlite3_file* file, sqlite3_int64 size) {
  theDisk->truncate(**of(file).image, size);
  return real(file)->pMethods->xTruncate(real(file), size);
}
// Like SQLite on a real disk: the first sync of a journal also syncs its name.
int syncFile(sqlite3_file* file, int /*flags*/) {
  int result = theDisk->sync(**of(file).image);
  if (result != SQLITE_OK) return result;
  if (std::exchange(of(file).isNameUnsynced, false)) theDisk->syncDirectory();
  return SQLITE_OK;
}
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
int deviceCharacteristics(sqlite3_file* /*file*/) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

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
  auto* below = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(OpenFile));
  file->pMethods = nullptr;
  std::string path = name == nullptr ? "" : name;
  FaultyDisk::File image =
      path.empty() ? std::make_shared<FaultyDisk::Image>() : theDisk->find(path);
  int result = theRealVfs->xOpen(theRealVfs, name, below, flags, outFlags);
  if (result != SQLITE_OK) return result;
  bool isNew = image == nullptr;
  if (isNew) image = theDisk->create(path);
  of(file) = {.base = {&kMethods},
              .image = new FaultyDisk::File(std::move(image)),
              .isNameUnsynced = isNew,
              .real = below};
  return SQLITE_OK;
}

// Makes a part of the unsynced steps durable: those for which `isKept` returns true.
template <typename IsKept>
void replay(FaultyDisk::Image& image, const IsKept& isKept) {
  constexpr std::size_t kSector = 512;
  for (const FaultyDisk::Step& step : std::exchange(image.unsynced, {})) {
    auto begin = static_cast<std::size_t>(step.offset);
    if (step.isTruncation) {
      if (isKept()) image.durable.resize(begin);
      continue;
    }
    std::size_t end = begin + step.data.size();
    for (std::size_t at = begin; at < end;) {
      std::size_t next = std::min(end, (at / kSector + 1) * kSector);
      if (isKept()) {
        if (image.durable.size() < next) image.durable.resize(next);
        image.durable.replace(at, next - at, step.data, at - begin, next - at);
      }
      at = next;
    }
  }
}

int removeFile(sqlite3_vfs* /*vfs*/, const char* name, int syncDirectory) {
  theDisk->remove(name);
  if (syncDirectory != 0) theDisk->syncDirectory();
  return theRealVfs->xDelete(theRealVfs, name, 0);
}

}  // namespace

FaultyDisk::FaultyDisk() {
  PI_CHECK(theDisk == nullptr);
  theDisk = this;
  theRealVfs = sqlite3_vfs_find(nullptr);
  theVfs = *theRealVfs;
  theVfs.zName = "faulty";
  theVfs.pNext = nullptr;
  theVfs.szOsFile = static_cast<int>(sizeof(OpenFile)) + theRealVfs->szOsFile;
  theVfs.xOpen = openFile;
  theVfs.xDelete = removeFile;
  sqlite3_vfs_register(&theVfs, 1);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&theVfs);
  sqlite3_vfs_register(theRealVfs, 1);
  theDisk = nullptr;
}

void FaultyDisk::endAt(std::uint64_t operation, End end, std::uint64_t seed) {
  endAt_ = operation;
  end_ = end;
  seed_ = seed;
}

FaultyDisk::File FaultyDisk::find(const std::string& path) {
  auto known = names_.find(path);
  if (known != names_.end()) return known->second;
  if (::access(path.c_str(), F_OK) != 0) return nullptr;
  File file = std::make_shared<Image>(Image{.durable = contentOf(path)});
  durableNames_[path] = file;
  return names_[path] = file;
}

FaultyDisk::File FaultyDisk::create(const std::string& path) {
  File file = std::make_shared<Image>();
  changeNames({{path, file}});
  return file;
}

void FaultyDisk::write(sqlite3_file* file, Image& image, const void* data, int size,
                       std::int64_t offset) {
  ++operations_;
  if (isTheEnd()) {
    if (end_ == End::kTorn) file->pMethods->xWrite(file, data, size / 2, offset);
    end();
  }
  if (isFull_) return;
  std::string bytes(static_cast<const char*>(data), static_cast<std::size_t>(size));
  image.unsynced.push_back({.offset = offset, .data = std::move(bytes)});
}

void FaultyDisk::truncate(Image& image, std::int64_t size) {
  beginOperation();
  image.unsynced.push_back({.offset = size, .isTruncation = true});
}

int FaultyDisk::sync(Image& image) {
  beginOperation();
  if (isUnableToSync_) return SQLITE_IOERR_FSYNC;
  replay(image, [] { return true; });
  return SQLITE_OK;
}

void FaultyDisk::remove(const std::string& path) {
  beginOperation();
  if (find(path) != nullptr) changeNames({{path, nullptr}});
}

void FaultyDisk::rename(const std::string& from, const std::string& to) {
  beginOperation();
  File file = find(from);
  changeNames({{from, nullptr}, {to, file}});
}

void FaultyDisk::changeNames(const Names& change) {
  for (const auto& [path, file] : change) names_[path] = file;
  unsyncedNames_.push_back(change);
}

void FaultyDisk::syncDirectory() {
  beginOperation();
  durableNames_ = names_;
  unsyncedNames_.clear();
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
  std::mt19937_64 random(seed_);
  std::uint64_t likelihood = random() % 5;  // In quarters.
  auto isKept = [&random, likelihood] { return random() % 4 < likelihood; };
  for (const Names& change : unsyncedNames_) {
    if (!isKept()) continue;
    for (const auto& [path, file] : change) durableNames_[path] = file;
  }
  for (const auto& [path, file] : names_) ::unlink(path.c_str());
  for (const auto& [path, file] : durableNames_) {
    if (file == nullptr) continue;
    replay(*file, isKept);
    std::ofstream(path, std::ios::binary) << file->durable;
    PI_CHECK(contentOf(path) == file->durable);
  }
}

}  // namespace pi::scheduler::testing

int __wrap_rename(const char* from, const char* to) {
  if (auto* disk = pi::scheduler::testing::theDisk) disk->rename(from, to);
  return __real_rename(from, to);
}

int __wrap_fsync(int file) {
  struct stat status {};
  auto* disk = pi::scheduler::testing::theDisk;
  if (disk == nullptr || ::fstat(file, &status) != 0 || !S_ISDIR(status.st_mode)) {
    return __real_fsync(file);
  }
  disk->syncDirectory();
  return 0;
}
