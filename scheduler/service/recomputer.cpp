#include "scheduler/service/recomputer.h"

#include <algorithm>

#include "common/net/loop/clock.h"
#include "worker/kernels/kernel.h"

namespace pi::scheduler {
namespace {

// Takes about a millisecond; the loop serves its peers in the rests between.
constexpr std::uint64_t kSliceSamples = std::uint64_t{1} << 18;
constexpr Duration kRest = std::chrono::milliseconds(1);

}  // namespace

Recomputer::Recomputer(net::KjLoop& loop, CoreRunner& runner)
    : runner_(runner), alarm_(loop, [this] { computeSlice(); }) {}

void Recomputer::perform(const action::Recompute& wanted) {
  wanted_ = wanted;
  next_ = wanted.range.begin;
  hits_ = {};
  alarm_.set(net::now() + kRest);
}

void Recomputer::computeSlice() {
  SampleRange slice{.begin = next_, .end = std::min(next_ + kSliceSamples, wanted_.range.end)};
  hits_ += kernels::find("portable")->hitsIn(wanted_.stream, slice);
  next_ = slice.end;
  if (next_ < wanted_.range.end) return alarm_.set(net::now() + kRest);
  runner_.handle(event::Recomputed{.job = wanted_.job, .range = wanted_.range, .hits = hits_});
}

}  // namespace pi::scheduler
