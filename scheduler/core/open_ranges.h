// The samples of a job that are neither leased nor counted, and which worker is lent which of them.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "common/model/ids.h"
#include "common/model/sample_range.h"

namespace pi::scheduler {

// The law: pieces are disjoint; each has at most one owner, and each worker owns at most one piece,
// its arena.  The worker is lent from the front of its arena, so that its leases adjoin.  Each call
// takes a time that grows with the logarithm of the pieces.
class OpenRanges {
 public:
  explicit OpenRanges(SampleRange whole);

  // How an arena may be split: at multiples of `unit`, and into parts of at least `least`.
  struct Split {
    std::uint64_t unit = 1;
    std::uint64_t least = 1;
    bool sparesFronts = false;  // Also split a piece without an owner.
  };

  // The worker's arena.  A worker without one gets the largest piece without an owner, or else the
  // upper half of the largest arena, or all of it if its halves would be too small.  There must be
  // open samples.
  SampleRange assignArena(WorkerId worker, const Split& split);

  // Removes those samples of the range that are open.
  void take(SampleRange range);

  // Removes samples for a lease that the worker holds already.  False, and nothing is removed, if
  // not all of them are open.  The piece behind them becomes its arena, if neither has another.
  bool claim(SampleRange range, WorkerId worker);

  // Adds samples, none of which may be open.  They join the arena of `worker` if they end where it
  // begins.
  void put(SampleRange range, WorkerId worker);

  // The worker's arena has no owner any longer.
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
  // Its place among the pieces for a worker without an arena, the best one first.
  struct Rank {
    bool isOwned = false;
    std::uint64_t lessThanMost = 0;  // 2^64 - 1 less its size.
    std::uint64_t begin = 0;
    auto operator<=>(const Rank&) const = default;
  };

  Pieces::iterator adopt(WorkerId worker, const Split& split);
  bool contains(SampleRange range) const;
  void add(SampleRange range, WorkerId owner);
  void remove(Pieces::iterator piece);
  static Rank rankOf(Pieces::const_iterator piece);

  Pieces pieces_;                             // By begin.
  std::set<Rank> ranks_;                      // One for each piece.
  std::map<WorkerId, std::uint64_t> arenas_;  // Owner to begin.
  std::uint64_t size_ = 0;
};

}  // namespace pi::scheduler
