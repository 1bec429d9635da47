// Counts the points of the sampler `sobol` on a GPU, by nets (worker/kernels/nets.h).  The walk
// along the arc is cut into segments.  A thread walks one segment for some of the replicates.  The
// same code runs on a CPU, for tests.
#pragma once

#include <cstdint>

#include "worker/kernels/host_device.h"
#include "worker/kernels/sobol_rules.h"

namespace pi::gpu {

inline constexpr int kLargestNet = 28;
inline constexpr std::uint32_t kReplicates = 16;
// The replicates of one thread: they share the work for the cells.
inline constexpr std::uint32_t kThreadReplicates = 4;
// Long compared with the search for the first cell of a segment.
inline constexpr std::uint32_t kSegmentSteps = 2048;

// How the 32 bits of a point behind its column and row change when the bits 0 to t of the row
// (isRight = 0) or of the column (isRight = 1) change.
struct NetMoves {
  std::uint32_t u[2][kLargestNet + 1], v[2][kLargestNet + 1];
};

// Entry (isRight, t) of the moves of a level; t < level.
PI_HOST_DEVICE inline void setMove(NetMoves& moves, int level, int isRight, int t) {
  std::uint64_t changed = (std::uint64_t{2} << t) - 1;
  kernels::Point change =
      kernels::pointInNet(isRight != 0 ? changed : 0, isRight != 0 ? 0 : changed, level, {});
  moves.u[isRight][t] = kernels::bitsBehind(change.x, level);
  moves.v[isRight][t] = kernels::bitsBehind(change.y, level);
}

// The steps of a walk through a net of this level.
PI_HOST_DEVICE constexpr std::uint64_t walkSteps(int level) {
  return (std::uint64_t{2} << level) - 1;
}

struct Cell {
  std::uint32_t column, row;
};

// The cell of a walk after so many steps, from (0, 2^level - 1) on: each step moves one column to
// the right or one row down.  It is the outermost one, of all cells with this sum of moves, whose
// near corner is in the circle.
PI_HOST_DEVICE inline Cell cellAfter(std::uint64_t steps, int level) {
  const std::uint64_t side = std::uint64_t{1} << level;
  auto rowOf = [=](std::uint64_t column) { return side - 1 + column - steps; };
  std::uint64_t inside = steps < side ? 0 : steps - side + 1;
  std::uint64_t end = (steps < side ? steps : side - 1) + 1;
  while (end - inside > 1) {  // The cell in column `inside` is, the one in column `end` is not.
    std::uint64_t column = inside + (end - inside) / 2, row = rowOf(column);
    if (column * column + row * row <= side * side) {
      inside = column;
    } else {
      end = column;
    }
  }
  return {static_cast<std::uint32_t>(inside), static_cast<std::uint32_t>(rowOf(inside))};
}

PI_HOST_DEVICE inline std::uint32_t highWord(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>(std::uint64_t{a} * b >> 32);
}

PI_HOST_DEVICE inline int lowestBit(std::uint32_t bits) {
#ifdef __CUDA_ARCH__
  return __ffs(static_cast<int>(bits)) - 1;
#else
  return __builtin_ctz(bits);
#endif
}

// The hits of a segment of a walk, for replicates first, first + 1, ... of one thread.
struct SegmentHits {
  std::uint64_t hits[kThreadReplicates];
};

// The net has the points firstPoint to firstPoint + 4^level - 1 of each replicate.
PI_HOST_DEVICE inline SegmentHits hitsOfSegment(std::uint64_t seed, std::uint64_t firstPoint,
                                                int level, std::uint64_t firstStep,
                                                std::uint32_t firstReplicate,
                                                const NetMoves& moves) {
  const std::uint64_t steps =
      walkSteps(level) - firstStep < kSegmentSteps ? walkSteps(level) - firstStep : kSegmentSteps;
  Cell cell = cellAfter(firstStep, level);
  kernels::Point origins[kThreadReplicates];
  std::uint32_t u[kThreadReplicates], v[kThreadReplicates], partial[kThreadReplicates];
  for (std::uint32_t i = 0; i < kThreadReplicates; ++i) {
    origins[i] = kernels::sobolPoint(firstPoint) ^ kernels::sobolShift(seed, firstReplicate + i);
    kernels::Point point = kernels::pointInNet(cell.column, cell.row, level, origins[i]);
    u[i] = kernels::bitsBehind(point.x, level);
    v[i] = kernels::bitsBehind(point.y, level);
    partial[i] = 0;
  }
  // The square of the distance of the near corner of the cell, minus that of the circle.  The walk
  // is so close to the arc that 32 bits are enough.
  auto beyond = static_cast<std::int32_t>(std::uint64_t{cell.column} * cell.column +
                                          std::uint64_t{cell.row} * cell.row -
                                          (std::uint64_t{1} << 2 * level));
  std::uint64_t whole = 0;  // Cells wholly inside.
  for (std::uint64_t step = 0; step < steps; ++step) {
#ifdef __CUDACC__
#pragma unroll
#endif
    for (std::uint32_t i = 0; i < kThreadReplicates; ++i) {
      // See nets.h: 2^32 times the point's distance beyond the circle, a little too low.
      std::uint64_t rest = std::uint64_t{highWord(u[i], u[i])} + highWord(v[i], v[i]);
      rest += std::uint64_t{2 * cell.column} * u[i];
      rest += std::uint64_t{2 * cell.row} * v[i];
      std::uint32_t known =
          static_cast<std::uint32_t>(rest >> 32) + static_cast<std::uint32_t>(beyond);
      partial[i] += (known + 1) >> 31;
      if (known == ~std::uint32_t{0}) {  // Not sure.
        kernels::Point point = kernels::pointInNet(cell.column, cell.row, level, origins[i]);
        partial[i] += kernels::isInside(point.x, point.y);
      }
    }
    const std::int32_t ofRight = beyond + static_cast<std::int32_t>(2 * cell.column + 1);
    const bool isRight = cell.row == 0 || ofRight <= 0;
    const int t = lowestBit(isRight ? cell.column + 1 : cell.row);
#ifdef __CUDACC__
#pragma unroll
#endif
    for (std::uint32_t i = 0; i < kThreadReplicates; ++i) {
      u[i] ^= moves.u[isRight][t];
      v[i] ^= moves.v[isRight][t];
    }
    whole += isRight ? cell.row : 0;
    beyond = isRight ? ofRight : beyond - static_cast<std::int32_t>(2 * cell.row - 1);
    cell.column += isRight;
    cell.row -= !isRight;
  }
  SegmentHits all;
  for (std::uint32_t i = 0; i < kThreadReplicates; ++i) all.hits[i] = partial[i] + whole;
  return all;
}

}  // namespace pi::gpu
