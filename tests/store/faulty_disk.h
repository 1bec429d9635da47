// A layer between SQLite and the real disk that can be full, fail to sync, or lose its power.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct sqlite3_file;

namespace pi::scheduler::testing {

// While it exists, all new SQLite connections of this process use it, and so do the store's own
// renames and directory syncs.  It records what is synced and does not sync the real disk.
//
// A power cut loses a random part of what was not synced: sectors of a write, a truncation, a
// created or removed name.  A sector is either old or new.  A write changes no other bytes of its
// sector.  SQLite relies on exactly this.
class FaultyDisk {
 public:
  // How the process ends: before an operation, after half of a write, or by a power cut.
  enum class End { kBefore, kTorn, kPowerCut };

  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // Kills the process at an operation; the first operation is 0.  Operations are: write, sync,
  // truncate, remove or rename a file, and sync the directory.  `seed` draws what a power cut
  // loses.
  void endAt(std::uint64_t operation, End end, std::uint64_t seed);
  std::uint64_t operations() const { return operations_; }

  // While set, writes or syncs fail.
  void setFull(bool isFull) { isFull_ = isFull; }
  void setUnableToSync(bool isUnable) { isUnableToSync_ = isUnable; }

  // The rest is for the functions that SQLite and the store call.
  struct Step {
    std::int64_t offset = 0;
    std::string data{};
    bool isTruncation = false;  // At the offset.
  };
  struct Image {
    std::string durable{};
    std::vector<Step> unsynced{};
  };
  using File = std::shared_ptr<Image>;
  // Null if there is no such file.  A file that exists when it is first named is durable.
  File find(const std::string& path);
  File create(const std::string& path);
  void write(sqlite3_file* real, Image& image, const void* data, int size, std::int64_t offset);
  void truncate(Image& image, std::int64_t size);
  int sync(Image& image);
  void remove(const std::string& path);
  void rename(const std::string& from, const std::string& to);
  void syncDirectory();
  void beginOperation();
  bool isFull() const { return isFull_; }

 private:
  using Names = std::map<std::string, File>;  // Null: the name was removed.

  void changeNames(const Names& change);
  [[noreturn]] void end();
  void loseUnsynced();
  bool isTheEnd() const { return operations_ == endAt_ + 1; }

  std::atomic<bool> isFull_ = false;
  std::atomic<bool> isUnableToSync_ = false;
  std::atomic<std::uint64_t> operations_ = 0;
  std::uint64_t endAt_ = UINT64_MAX - 1;
  End end_ = End::kBefore;
  std::uint64_t seed_ = 0;
  Names names_;
  Names durableNames_;
  std::vector<Names> unsyncedNames_;  // Changes, the oldest first.
};

}  // namespace pi::scheduler::testing
