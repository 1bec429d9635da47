#include "worker/kernels/nets.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

#include "common/base/check.h"
#include "worker/kernels/sobol.h"

namespace pi::kernels {
namespace {

// The steps of a walk between two looks at the stop flag: about 0.1 ms, 1 ms on a slow CPU.
constexpr std::uint64_t kStretch = 1 << 13;

Point operator^(Point a, Point b) { return {.x = a.x ^ b.x, .y = a.y ^ b.y}; }

// The leading `level` bits.
std::uint64_t leading(std::uint64_t coordinate, int level) { return coordinate >> (64 - level); }

// The 32 bits behind the leading `level` ones.
std::uint64_t behind(std::uint64_t coordinate, int level) { return coordinate << level >> 32; }

const Net& netOf(int level) {
  static const auto kNets = [] {
    std::array<std::unique_ptr<const Net>, kNetLevelMax + 1> nets;
    for (int i = kNetLevelMin; i <= kNetLevelMax; ++i) nets[i] = std::make_unique<const Net>(i);
    return nets;
  }();
  PI_CHECK(kNetLevelMin <= level);
  PI_CHECK(level <= kNetLevelMax);
  return *kNets[level];
}

}  // namespace

Net::Net(int level) : level_(level) {
  invert();
  for (int t = 0; t < level; ++t) {
    std::uint64_t changed = (std::uint64_t{2} << t) - 1;
    Point down = sobolPoint(numberOf(0, changed)), right = sobolPoint(numberOf(changed, 0));
    moves_.u[0][t] = behind(down.x, level);
    moves_.v[0][t] = behind(down.y, level);
    moves_.u[1][t] = behind(right.x, level);
    moves_.v[1][t] = behind(right.y, level);
  }
}

// Gauss and Jordan's elimination of B, whose column j is the row's change by bit h + j of q.
void Net::invert() {
  std::array<std::uint64_t, kNetLevelMax> columns{};
  for (int j = 0; j < level_; ++j) {
    columns[j] = leading(sobolPoint(std::uint64_t{1} << (level_ + j)).y, level_);
    inverse_[j] = std::uint64_t{1} << j;
  }
  for (int i = 0; i < level_; ++i) {
    int pivot = i;
    while ((columns[pivot] >> i & 1) == 0) PI_CHECK(++pivot < level_);
    std::swap(columns[i], columns[pivot]);
    std::swap(inverse_[i], inverse_[pivot]);
    for (int j = 0; j < level_; ++j) {
      if (j == i || (columns[j] >> i & 1) == 0) continue;
      columns[j] ^= columns[i];
      inverse_[j] ^= inverse_[i];
    }
  }
}

// The number q of the point in this cell, if the point with q = 0 is in cell (0, 0).
std::uint64_t Net::numberOf(std::uint64_t column, std::uint64_t row) const {
  std::uint64_t low = leading(sobolPoint(column).x, level_);  // The bits in reverse order.
  std::uint64_t rest = row ^ leading(sobolPoint(low).y, level_), high = 0;
  for (; rest != 0; rest &= rest - 1) high ^= inverse_[std::countr_zero(rest)];
  return high << level_ | low;
}

Point Net::pointIn(std::uint64_t column, std::uint64_t row, const Point& origin) const {
  return origin ^
         sobolPoint(numberOf(column ^ leading(origin.x, level_), row ^ leading(origin.y, level_)));
}

void NetWalk::addOpenHits() {
  const std::uint64_t cells = std::uint64_t{1} << 2 * net.level();
  for (std::size_t r = 0; r < kStrataMax; ++r) {
    std::uint64_t known = ((column * column + row * row - cells) << 32) +
                          2 * (column * u[r] + row * v[r]) + (u[r] * u[r] >> 32) +
                          (v[r] * v[r] >> 32);
    if (((known + kOpen) ^ known) >> 63 == 0) continue;
    Point point = net.pointIn(column, row, origins[r]);
    hits[r] += isInside(point.x, point.y);
  }
}

void addNetHits(int level, std::uint64_t first, const PerReplicate& shifts, WalkNet walkNet,
                const StopFlag* stop, Hits& hits) {
  const std::uint64_t side = std::uint64_t{1} << level;
  NetWalk walk{.net = netOf(level),
               .column = 0,
               .row = side - 1,
               .origins = {},
               .u = {},
               .v = {},
               .hits = {}};
  const Point unshifted = sobolPoint(first);
  for (std::size_t r = 0; r < kStrataMax; ++r) {
    walk.origins[r] = unshifted ^ shifts[r];
    Point start = walk.net.pointIn(walk.column, walk.row, walk.origins[r]);
    walk.u[r] = behind(start.x, level);
    walk.v[r] = behind(start.y, level);
  }
  for (std::uint64_t rest = 2 * side - 1, steps = 0; rest > 0 && !isSet(stop); rest -= steps) {
    steps = std::min(rest, kStretch);
    walkNet(walk, steps);
  }
  for (std::size_t r = 0; r < kStrataMax; ++r) hits.strata[r] += walk.hits[r];
}

}  // namespace pi::kernels
