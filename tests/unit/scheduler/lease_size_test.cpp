#include "scheduler/core/lease_size.h"

#include <doctest/doctest.h>

#include "common/model/stream.h"

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;

constexpr LeasePolicy kPolicy{.target = milliseconds(100), .minimum = milliseconds(10)};

TEST_CASE("a lease holds as many whole chunks as it has time for") {
  LeaseSize size{.samples = 35, .chunkSize = 10, .blockSamples = 4};

  SampleRange lease = size.frontOf({.begin = 20, .end = 1000});

  CHECK(lease == SampleRange{.begin = 20, .end = 50});
}

TEST_CASE("a lease within a huge chunk ends at a block's end") {
  LeaseSize size{.samples = 35, .chunkSize = 1'000'000, .blockSamples = 16};

  SampleRange lease = size.frontOf({.begin = 0, .end = 1'000'000});

  CHECK(lease == SampleRange{.begin = 0, .end = 48});
}

TEST_CASE("a lease that begins within a chunk does not go past the chunk's end") {
  LeaseSize size{.samples = 35, .chunkSize = 100, .blockSamples = 16};

  SampleRange lease = size.frontOf({.begin = 96, .end = 1000});

  CHECK(lease == SampleRange{.begin = 96, .end = 100});
}

TEST_CASE("a chunk that is no multiple of a block ends where the user said") {
  LeaseSize size{.samples = 35, .chunkSize = 50, .blockSamples = 16};

  SampleRange first = size.frontOf({.begin = 0, .end = 1000});
  SampleRange second = size.frontOf({.begin = first.end, .end = 1000});

  CHECK(first == SampleRange{.begin = 0, .end = 48});
  CHECK(second == SampleRange{.begin = 48, .end = 50});
}

TEST_CASE("the last chunk's remainder is lent like a chunk") {
  LeaseSize size{.samples = 100, .chunkSize = 10, .blockSamples = 16};

  SampleRange lease = size.frontOf({.begin = 20, .end = 25});

  CHECK(lease == SampleRange{.begin = 20, .end = 25});
}

TEST_CASE("a lease has a sample even where there is time for none") {
  LeaseSize size{.samples = 0, .chunkSize = 10, .blockSamples = 1};

  SampleRange lease = size.frontOf({.begin = 3, .end = 100});

  CHECK(lease == SampleRange{.begin = 3, .end = 4});
}

TEST_CASE("the largest job is lent to its last sample") {
  constexpr std::uint64_t kEnd = kSamplesEnd - 1;
  LeaseSize size{.samples = kSamplesEnd, .chunkSize = kEnd, .blockSamples = kBlockSamples};

  SampleRange whole = size.frontOf({.begin = 0, .end = kEnd});
  SampleRange last = size.frontOf({.begin = kEnd - 1, .end = kEnd});

  CHECK(whole == SampleRange{.begin = 0, .end = kEnd});
  CHECK(last == SampleRange{.begin = kEnd - 1, .end = kEnd});
}

TEST_CASE("while much is open a lease takes the target time on its worker") {
  constexpr std::uint64_t kOpen = 1'000'000'000;

  CHECK(leaseSamples(kPolicy, 1000, 1000, kOpen) == 100);
  CHECK(leaseSamples(kPolicy, 50'000, 1'000'000, kOpen) == 5000);
}

TEST_CASE("as a job runs out a lease is half of its worker's share of what is open") {
  CHECK(leaseSamples(kPolicy, 1000, 1000, 120) == 60);
  CHECK(leaseSamples(kPolicy, 1000, 4000, 320) == 40);
}

TEST_CASE("a lease is never worth less than the minimum") {
  CHECK(leaseSamples(kPolicy, 1000, 1'000'000, 100) == 10);
  CHECK(leaseSamples(kPolicy, 1, 1, 1) == 1);
}

TEST_CASE("a minimum above the target gives way to it") {
  LeasePolicy policy{.target = milliseconds(5), .minimum = milliseconds(10)};

  CHECK(leaseSamples(policy, 1000, 1000, 1'000'000) == 5);
}

TEST_CASE("a time's samples are counted without overflow") {
  CHECK(samplesIn(milliseconds(1500), 2000) == 3000);
  CHECK(samplesIn(std::chrono::hours(1'000'000), 1'000'000'000'000'000) == kSamplesEnd);
  CHECK(samplesIn(Duration::zero(), 1000) == 0);
}

}  // namespace
}  // namespace pi::scheduler
