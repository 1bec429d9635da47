// Counts the hits of the sampler `sobol` by nets: in a time that grows with the root of the points.
//
// The points p 4^h to (p + 1) 4^h - 1 of a replicate are a net: cut the square into 2^h by 2^h
// cells, and each cell has exactly one of them.
//
//   Proof: number these points by q from 0 to 4^h - 1.  Then x and y of point q are those of q = 0,
//   exclusive-or a linear function of the bits of q (STREAM.md: a point is the exclusive or of one
//   direction for each bit).  The leading h bits of x are the low h bits of q in reverse order. The
//   leading h bits of y are A low + B high, over the field of two elements, for the low and the
//   high h bits of q.  B is invertible: the sequence's second coordinate has Pascal's triangle
//   modulo 2 as its matrix, all of whose leading blocks are invertible.  So each pair of leading
//   bits, that is, each cell, has one q.  The digital shift only renames the cells.
//
// A cell whose far corner is in the circle has a hit, and one whose near corner is not has a miss.
// Only for the cells between, which the arc crosses, the point matters.  There are fewer than
// 2 * 2^h of them, and they are a staircase from the top left to the bottom right.  A walk along it
// moves by one column or one row at a time.  Such a move changes the bits 0 to t of a column or row
// number, so it changes x and y by an exclusive or that depends on t alone: `right[t]`, `down[t]`.
//
// The staircase is the same for all replicates, so one walk serves all 16 of them.
//
// With column c, row r, and the point at (c + u, r + v) in units of a cell, it is a hit if
//   c^2 + r^2 - 4^h + 2 (c u + r v) + u^2 + v^2 < 0.
// The walk knows the leading 32 bits of u and v.  So it knows the left side, times 2^32, less than
// 4 * 2^h + 8 too low.  It is not sure of some ten points in a net: all their bits are
// computed.
#pragma once

#include <array>

#include "common/model/tally.h"
#include "worker/kernels/kernel.h"
#include "worker/kernels/sobol_rules.h"

namespace pi::kernels {

// Smaller nets take longer than their points one by one.
// Not in SECURITY.md: a bound of speed.
inline constexpr int kNetLevelMin = 3;
// In larger nets the sums of a walk do not fit into 64 bits.
// Not in SECURITY.md: a bound of arithmetic.
inline constexpr int kNetLevelMax = 28;

using PerReplicate = std::array<Point, kStrataMax>;

// The rules that all nets of a level have in common.
class Net {
 public:
  explicit Net(int level);

  int level() const { return level_; }

  // How u and v change, times 2^32, when the bits 0 to t of the row (isRight = 0) or the column
  // (isRight = 1) change.
  struct Moves {
    // The walk's last step asks for t = level, and does not use it.
    std::uint64_t u[2][kNetLevelMax + 1], v[2][kNetLevelMax + 1];
  };
  const Moves& moves() const { return moves_; }

 private:
  int level_;
  Moves moves_{};
};

// A walk along the arc, through the nets of all replicates.  It has 2 * 2^h - 1 steps.
struct NetWalk {
  const Net& net;
  std::uint64_t column, row;  // The present cell.
  PerReplicate origins;
  alignas(64) std::uint64_t u[kStrataMax], v[kStrataMax];  // The points in the present cell.
  alignas(64) std::uint64_t hits[kStrataMax];

  // The hits, in the present cell, of the points that the walk is not sure of.
  void addOpenHits();
};

// Takes so many steps.  Every kernel has one for its instructions.
using WalkNet = void (*)(NetWalk& walk, std::uint64_t steps);

// Adds the hits among points [first, first + 4^level) of each replicate; `first` is a multiple of
// 4^level.  Some of them only, if `stop` is set.
void addNetHits(int level, std::uint64_t first, const PerReplicate& shifts, WalkNet walkNet,
                const StopFlag* stop, Hits& hits);

// The walk's sum for a point says that it is a hit if it is below -kOpen, and a miss if it is not
// negative.  More than 4 * 2^kNetLevelMax + 8.
inline constexpr std::uint64_t kOpen = std::uint64_t{1} << 32;

}  // namespace pi::kernels
