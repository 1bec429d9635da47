#include "scheduler/service/recomputer.h"

#include <doctest/doctest.h>

#include <optional>

#include "common/model/stream.h"
#include "common/net/loop/clock.h"

namespace pi::scheduler::testing {
namespace {

constexpr std::uint64_t kBlocks = 20;
// It begins and ends inside a block.
constexpr SampleRange kDoubted{.begin = kBlockSamples / 2,
                               .end = (kBlocks - 1) * kBlockSamples + kBlockSamples / 4};

// A core that is told of recomputed samples, and counts how often.
struct Rig : CoreRunner::Performer {
  Rig() { recomputer.emplace(loop, runner); }
  void perform(Action&) override {}
  void afterEvent() override { ++events; }

  // A delay that is over at once, as a call that a peer has made.
  void serveCall() { loop.timer().afterDelay(0 * kj::NANOSECONDS).wait(loop.waitScope()); }
  void order() { recomputer->perform({.job = JobId{1}, .stream = {.seed = 1}, .range = kDoubted}); }

  net::KjLoop loop;
  int events = 0;
  CoreRunner runner{loop, Config{}, Saved{}, *this};
  std::optional<Recomputer> recomputer;
};

TEST_CASE("calls are served while a tally is computed again, which gets a fifth of the CPU time") {
  Rig rig;
  rig.order();
  std::uint64_t calls = 0;
  Duration begin = net::threadCpuTime();
  for (; rig.events == 0; ++calls) rig.serveCall();
  Duration used = net::threadCpuTime() - begin;

  const net::BackgroundCounts& work = rig.loop.backgroundCounts();
  CHECK(work.pieces == kBlocks);
  CHECK(calls > 4 * work.pieces);
  CHECK(work.cpu < used / 4);
}

TEST_CASE("nothing is computed for a recomputer that is gone") {
  Rig rig;
  rig.order();
  rig.recomputer.reset();
  for (std::uint64_t i = 0; i < 2 * kBlocks; ++i) rig.serveCall();
  CHECK(rig.loop.backgroundCounts().pieces == 1);  // The one that found out.
  CHECK(rig.events == 0);
}

}  // namespace
}  // namespace pi::scheduler::testing
