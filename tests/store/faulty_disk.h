// A disk between SQLite and the real one: it can be full, fail, or lose its power at any moment.
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

// While it lives, every new connection of this process is to it, and so are the store's own renames
// and syncs of its folder.  Since it knows itself what is synced, it spares the real disk that.
//
// What was not synced when the power goes may be there or not, each piece for itself: of a write
// each sector, a cut, a name given or taken.  A sector is old or new, never a mixture, and what is
// beside a write within its sector stays: SQLite relies on no more, and disks promise no less.
class FaultyDisk {
 public:
  // How the process ends: before an operation; with a write half done; or with the machine.
  enum class End { kBefore, kTorn, kPowerCut };

  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // An operation is a write, a sync, a cut, a removal or a renaming of a file, or a sync of the
  // folder; the first one is 0.
  // The seed draws what a power cut leaves.
  void endAt(std::uint64_t operation, End end, std::uint64_t seed);
  std::uint64_t operations() const { return operations_; }

  // Writes, or syncs, fail while this is so.
  void setFull(bool isFull) { isFull_ = isFull; }
  void setUnableToSync(bool isUnable) { isUnableToSync_ = isUnable; }

  // For the functions that SQLite and the store call.
  struct Step {
    std::int64_t offset = 0;
    std::string data{};
    bool isCut = false;  // At the offset.
  };
  struct Image {
    std::string durable{};
    std::vector<Step> unsynced{};
  };
  using File = std::shared_ptr<Image>;
  // Of a name that is new to the disk, the content is durable; null if it is no file's.
  File find(const std::string& path);
  File create(const std::string& path);
  void write(sqlite3_file* real, Image& image, const void* data, int size, std::int64_t offset);
  void cut(Image& image, std::int64_t size);
  int sync(Image& image);
  void remove(const std::string& path);
  void rename(const std::string& from, const std::string& to);
  void syncFolder();
  void beginOperation();
  bool isFull() const { return isFull_; }

 private:
  using Names = std::map<std::string, File>;  // Null: a name that is free again.

  void name(const Names& change);
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
  std::vector<Names> unsyncedNames_;  // Changes, oldest first.
};

}  // namespace pi::scheduler::testing
