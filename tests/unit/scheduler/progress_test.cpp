#include "scheduler/core/progress.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace pi::scheduler {
namespace {

Tally tally(std::uint64_t begin, std::uint64_t end) {
  return {.range = {.begin = begin, .end = end}, .hits = {.strata = {end - begin}}};
}

TEST_CASE("totals are sums over the tallies") {
  Progress progress({}, 100, 10);
  progress.add(tally(20, 30));
  progress.add(tally(0, 5));

  CHECK(progress.samples() == 15);
  CHECK(progress.hits().total() == 15);
  CHECK(progress.stratumSamples()[0] == 15);
}

TEST_CASE("a chunk is whole once all of its samples are counted") {
  Progress progress({}, 100, 10);
  progress.add(tally(5, 14));
  CHECK(progress.wholeChunks() == 0);

  progress.add(tally(14, 25));
  CHECK(progress.wholeChunks() == 1);

  progress.add(tally(0, 5));
  CHECK(progress.wholeChunks() == 2);
}

TEST_CASE("a tally over many chunks completes those within it") {
  Progress progress({}, 1000, 10);
  progress.add(tally(5, 995));
  CHECK(progress.wholeChunks() == 98);

  progress.add(tally(995, 1000));
  progress.add(tally(0, 5));
  CHECK(progress.wholeChunks() == 100);
}

TEST_CASE("the last chunk is whole with its remainder") {
  Progress progress({}, 25, 10);
  progress.add(tally(20, 25));
  CHECK(progress.wholeChunks() == 1);

  Progress longer({}, 26, 10);
  longer.add(tally(20, 25));
  CHECK(longer.wholeChunks() == 0);
}

TEST_CASE("a short last chunk is no longer whole when the job is extended") {
  Progress progress({}, 25, 10);
  progress.add(tally(0, 25));
  CHECK(progress.wholeChunks() == 3);

  progress.checkInvariants();

  progress.extend(100);
  CHECK(progress.wholeChunks() == 2);
  progress.checkInvariants();

  progress.add(tally(25, 40));
  CHECK(progress.wholeChunks() == 4);
  progress.checkInvariants();
}

TEST_CASE("samples are counted for each stratum of a sampler that has many") {
  Progress progress({.sampler = Sampler::kSobol}, 100, 100);
  progress.add({.range = {.begin = 3, .end = 20}, .hits = {}});

  CHECK(progress.stratumSamples()[3] == 2);
  CHECK(progress.stratumSamples()[4] == 1);
  CHECK(progress.samples() == 17);
}

TEST_CASE("totals do not depend on the order of the tallies") {
  std::vector<Tally> pieces;
  std::mt19937_64 random(7);
  for (std::uint64_t begin = 0; begin < 10'000;) {
    std::uint64_t end = std::min<std::uint64_t>(10'000, begin + 1 + random() % 100);
    pieces.push_back(tally(begin, end));
    begin = end;
  }
  Progress inOrder({}, 10'000, 37), shuffled({}, 10'000, 37);
  for (const Tally& piece : pieces) inOrder.add(piece);
  std::shuffle(pieces.begin(), pieces.end(), random);
  for (const Tally& piece : pieces) {
    shuffled.add(piece);
    shuffled.checkInvariants();
  }

  CHECK(inOrder == shuffled);
  CHECK(inOrder.wholeChunks() == 271);
}

}  // namespace
}  // namespace pi::scheduler
