// What nobody computes yet, and which worker is lent from where.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "common/model/ids.h"
#include "common/model/sample_range.h"

namespace pi::scheduler {

// Disjoint pieces of a job.  A piece may be the arena of one worker, which is lent from its front,
// so that a worker's leases adjoin; a worker has at most one arena.
class OpenRanges {
 public:
  explicit OpenRanges(SampleRange whole);

  // How an arena may be split: at multiples of `unit`, and into parts of at least `least`.
  struct Split {
    std::uint64_t unit = 1;
    std::uint64_t least = 1;
    bool sparesFronts = false;  // A range without an owner is split like an arena.
  };

  // The worker's arena.  One that has none gets the largest piece without an owner, or else the
  // upper half of the largest arena, or all of that if its halves would be too small.  Must not be
  // empty().
  SampleRange arenaOf(WorkerId worker, const Split& split);

  // Removes samples, wherever they are open.
  void take(SampleRange range);

  // Removes samples that a worker turns out to hold; false, and nothing is removed, if some of them
  // are not open.  What is open behind them is its arena, unless it has one or somebody owns it.
  bool claim(SampleRange range, WorkerId worker);

  // Adds samples that must not be open; they join the arena of `worker` if they end where it
  // begins.
  void put(SampleRange range, WorkerId worker);

  // The worker's arena becomes anyone's.
  void release(WorkerId worker);

  bool empty() const { return pieces_.empty(); }
  std::uint64_t size() const { return size_; }
  std::vector<SampleRange> ranges() const;
  void checkInvariants() const;

 private:
  struct Piece {
    std::uint64_t end = 0;
    WorkerId owner{};
  };
  using Pieces = std::map<std::uint64_t, Piece>;

  Pieces::iterator adopt(WorkerId worker, const Split& split);
  bool contains(SampleRange range) const;
  void add(SampleRange range, WorkerId owner);
  void remove(Pieces::iterator piece);

  Pieces pieces_;                             // By begin.
  std::map<WorkerId, std::uint64_t> arenas_;  // Owner to begin.
  std::uint64_t size_ = 0;
};

}  // namespace pi::scheduler
