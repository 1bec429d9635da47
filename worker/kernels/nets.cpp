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
  for (int t = 0; t < level; ++t) {
    std::uint64_t changed = (std::uint64_t{2} << t) - 1;
    Point down = pointInNet(0, changed, level, {}), right = pointInNet(changed, 0, level, {});
    moves_.u[0][t] = bitsBehind(down.x, level);
    moves_.v[0][t] = bitsBehind(down.y, level);
    moves_.u[1][t] = bitsBehind(right.x, level);
    moves_.v[1][t] = bitsBehind(right.y, level);
  }
}

void NetWalk::addOpenHits() {
  const std::uint64_t cells = std::uint64_t{1} << 2 * net.level();
  for (std::size_t r = 0; r < kStrataMax; ++r) {
    std::uint64_t known = ((column * column + row * row - cells) << 32) +
                          2 * (column * u[r] + row * v[r]) + (u[r] * u[r] >> 32) +
                          (v[r] * v[r] >> 32);
    if (((known + kOpen) ^ known) >> 63 == 0) continue;
    Point point = pointInNet(column, row, net.level(), origins[r]);
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
    Point start = pointInNet(walk.column, walk.row, level, walk.origins[r]);
    walk.u[r] = bitsBehind(start.x, level);
    walk.v[r] = bitsBehind(start.y, level);
  }
  for (std::uint64_t rest = 2 * side - 1, steps = 0; rest > 0 && !isSet(stop); rest -= steps) {
    steps = std::min(rest, kStretch);
    walkNet(walk, steps);
  }
  for (std::size_t r = 0; r < kStrataMax; ++r) hits.strata[r] += walk.hits[r];
}

}  // namespace pi::kernels
