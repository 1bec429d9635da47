// The walk of nets.h.  A kernel's file includes this text once, after it has defined PI_TARGET,
// Vector, product() and square().
#pragma once

#include <bit>

#include "worker/kernels/nets.h"

namespace pi::kernels {
namespace {

// Numbers below 2^32, one for each of several replicates.
typedef std::uint64_t Wide [[gnu::vector_size(sizeof(Vector))]];
constexpr std::size_t kWidth64 = sizeof(Wide) / sizeof(std::uint64_t);
constexpr std::size_t kWides = kStrataMax / kWidth64;

[[PI_TARGET]] void walkNet(NetWalk& walk, std::uint64_t steps) {
  const std::uint64_t end = std::uint64_t{1} << walk.net.level(), cells = end * end;
  const Net::Moves& moves = walk.net.moves();
  Wide u[kWides], v[kWides], hits[kWides];
  __builtin_memcpy(u, walk.u, sizeof u);
  __builtin_memcpy(v, walk.v, sizeof v);
  __builtin_memset(hits, 0, sizeof hits);
  std::uint64_t column = walk.column, row = walk.row, near = column * column + row * row;
  std::uint64_t whole = 0;  // Cells wholly inside.
  for (; steps > 0; --steps) {
    const std::uint64_t corner = (near - cells) << 32;
    const auto twiceColumn = static_cast<std::uint32_t>(2 * column);
    const auto twiceRow = static_cast<std::uint32_t>(2 * row);
    Wide open{};
    for (std::size_t i = 0; i < kWides; ++i) {
      Wide known = corner + Wide(product(u[i], twiceColumn)) + Wide(product(v[i], twiceRow)) +
                   (Wide(square(u[i])) >> 32) + (Wide(square(v[i])) >> 32);
      Wide sure = known + kOpen;
      hits[i] += sure >> 63;
      open |= known ^ sure;
    }
    std::uint64_t anyOpen = 0;
    for (std::size_t i = 0; i < kWidth64; ++i) anyOpen |= open[i];
    if (anyOpen >> 63 != 0) [[unlikely]] {
      __builtin_memcpy(walk.u, u, sizeof u);
      __builtin_memcpy(walk.v, v, sizeof v);
      walk.column = column;
      walk.row = row;
      walk.addOpenHits();
    }
    // The far corner of the cell below is the near corner of the next column's cell.  There is no
    // branch, since no CPU could predict it.
    const std::uint64_t beyond = near + 2 * column + 1;
    const bool isRight = (row == 0) | (beyond <= cells);
    const int t = std::countr_zero(isRight ? column + 1 : row);
    const Wide moveU = moves.u[isRight][t] - Wide{}, moveV = moves.v[isRight][t] - Wide{};
    for (Wide& each : u) each ^= moveU;
    for (Wide& each : v) each ^= moveV;
    whole += isRight ? row : 0;
    near = isRight ? beyond : near - 2 * row + 1;
    column += isRight;
    row -= !isRight;
  }
  walk.column = column;
  walk.row = row;
  __builtin_memcpy(walk.u, u, sizeof u);
  __builtin_memcpy(walk.v, v, sizeof v);
  for (std::size_t i = 0; i < kStrataMax; ++i) {
    walk.hits[i] += hits[i / kWidth64][i % kWidth64] + whole;
  }
}

}  // namespace
}  // namespace pi::kernels
