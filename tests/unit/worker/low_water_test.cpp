#include "worker/core/low_water.h"

#include <doctest/doctest.h>

#include "common/model/limits.h"
#include "common/model/sample_range.h"
#include "worker/core/limits.h"

namespace pi::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Lease leaseOf(Sampler sampler, std::uint64_t blockSamples) {
  Lease lease;
  lease.stream.sampler = sampler;
  lease.blockSamples = blockSamples;
  return lease;
}

const Lease kRandom = leaseOf(Sampler::kRandom, kBlockSamples);
const Lease kNets = leaseOf(Sampler::kSobol, std::uint64_t{16} << 20);

TEST_CASE("the mark is the work of the prefetch time and one round trip") {
  LowWater lowWater(1000);
  lowWater.setPrefetch(milliseconds(20));
  CHECK(lowWater.mark() == 20);

  lowWater.noteRoundTrip(milliseconds(100));

  CHECK(lowWater.roundTrip() == milliseconds(100));
  CHECK(lowWater.mark() == 120);
}

TEST_CASE("the round trip follows the measurements, and one late answer moves it little") {
  LowWater lowWater(1000);
  lowWater.noteRoundTrip(milliseconds(100));

  lowWater.noteRoundTrip(milliseconds(500));
  CHECK(lowWater.roundTrip() == milliseconds(200));

  for (int i = 0; i < 30; ++i) lowWater.noteRoundTrip(milliseconds(10));
  CHECK(lowWater.roundTrip() < milliseconds(11));
}

TEST_CASE("an answer that takes very long counts as the longest round trip") {
  LowWater lowWater(1000);
  lowWater.noteRoundTrip(seconds(3600));
  CHECK(lowWater.roundTrip() == kRoundTripMax);
}

TEST_CASE("the mark follows the speed of the spans, and ignores spans that are too short") {
  LowWater lowWater(1000);
  lowWater.setPrefetch(milliseconds(100));
  lowWater.noteLent(kRandom);

  lowWater.noteSpan(kRandom, 1'000'000, std::chrono::microseconds(10));
  CHECK(lowWater.mark() == 100);

  for (int i = 0; i < 30; ++i) lowWater.noteSpan(kRandom, 100, seconds(1));
  CHECK(lowWater.mark() == 10);
  lowWater.checkInvariants();
}

TEST_CASE("a speed that was measured with one kind of work sets no mark for another kind") {
  LowWater lowWater(1000);
  lowWater.setPrefetch(milliseconds(100));
  lowWater.noteLent(kNets);
  lowWater.noteSpan(kNets, 1'000'000'000, seconds(1));
  CHECK(lowWater.mark() == 100'000'000);

  lowWater.noteLent(kRandom);
  CHECK(lowWater.mark() == 100);

  // The threads end what they had begun.
  lowWater.noteSpan(kNets, 1'000'000'000, seconds(1));
  CHECK(lowWater.mark() == 100);

  lowWater.noteLent(kNets);
  CHECK(lowWater.mark() == 100'000'000);
  lowWater.checkInvariants();
}

TEST_CASE("a speed that a few threads have in a limited lease sets no mark for all threads") {
  LowWater lowWater(1000);
  lowWater.setPrefetch(milliseconds(100));
  lowWater.noteSpan(kRandom, 8000, seconds(1));
  lowWater.noteLent(kRandom);
  std::uint64_t mark = lowWater.mark();
  Lease limited = kRandom;
  limited.threads = 1;
  lowWater.noteLent(limited);
  for (int i = 0; i < 30; ++i) lowWater.noteSpan(limited, 200, seconds(1));
  CHECK(lowWater.mark() == 20);

  lowWater.noteLent(kRandom);
  CHECK(lowWater.mark() == mark);
}

TEST_CASE("a worker remembers the speeds of few kinds of work, then all are forgotten") {
  LowWater lowWater(1000);
  lowWater.setPrefetch(seconds(1));
  for (std::uint64_t i = 1; i <= kSpeedsMax + 1; ++i) {
    lowWater.noteSpan(leaseOf(Sampler::kSobol, i), 5000, seconds(1));
    lowWater.checkInvariants();
  }
  lowWater.noteLent(leaseOf(Sampler::kSobol, 1));
  CHECK(lowWater.mark() == 1000);
}

TEST_CASE("a change of the mark is told once, and a small one is not") {
  LowWater lowWater(1000);
  CHECK_FALSE(lowWater.takeChange());
  lowWater.setPrefetch(milliseconds(800));
  CHECK(lowWater.takeChange() == 800);
  CHECK_FALSE(lowWater.takeChange());

  lowWater.setPrefetch(milliseconds(900));
  CHECK_FALSE(lowWater.takeChange());
  lowWater.setPrefetch(milliseconds(901));
  CHECK(lowWater.takeChange() == 901);
  lowWater.setPrefetch(milliseconds(0));
  CHECK(lowWater.takeChange() == 0);
}

TEST_CASE("the mark of the fastest worker does not overflow") {
  LowWater lowWater(~std::uint64_t{0});
  lowWater.setPrefetch(std::chrono::hours(1));
  CHECK(lowWater.mark() == kSamplesEnd);
}

}  // namespace
}  // namespace pi::worker
