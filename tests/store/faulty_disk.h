// A disk between SQLite and the real one: it can be full, fail, or lose its power at any moment.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

struct sqlite3_file;

namespace pi::scheduler::testing {

// While it lives, every new connection of this process is to it.  Since it knows itself what is
// synced, it spares the real disk that.
class FaultyDisk {
 public:
  // How the process ends: before an operation; with a write half done; or with the machine, so that
  // any of what was written since its file's last sync is gone, and the rest is not.
  enum class End { kBefore, kTorn, kPowerCut };

  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // An operation is a write, a sync, a cut or a removal of a file; the first one is 0.
  void endAt(std::uint64_t operation, End end);
  std::uint64_t operations() const { return operations_; }

  // Writes, or syncs, fail while this is so.
  void setFull(bool isFull) { isFull_ = isFull; }
  void setUnableToSync(bool isUnable) { isUnableToSync_ = isUnable; }

  // For the functions that SQLite calls.
  struct Write {
    std::string path;
    std::int64_t offset = 0;
    std::string old;  // What was there; shorter at the end of the file.
    std::size_t size = 0;
  };
  int write(sqlite3_file* real, const std::string& path, const void* data, int size,
            std::int64_t offset);
  int sync(const std::string& path);
  void beginOperation();

 private:
  [[noreturn]] void end();
  void loseUnsynced();
  bool isTheEnd() const { return operations_ == endAt_ + 1; }

  std::atomic<bool> isFull_ = false;
  std::atomic<bool> isUnableToSync_ = false;
  std::atomic<std::uint64_t> operations_ = 0;
  std::uint64_t endAt_ = UINT64_MAX - 1;
  End end_ = End::kBefore;
  std::vector<Write> unsynced_;
};

}  // namespace pi::scheduler::testing
