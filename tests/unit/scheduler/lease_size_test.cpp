#include "scheduler/core/lease_size.h"

#include <doctest/doctest.h>

#include "common/model/stream.h"

namespace pi::scheduler {
namespace {

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

TEST_CASE("a chunk that is no multiple of a block still ends where the user asked for") {
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

TEST_CASE("a lease takes all that is there, with a remainder that is no chunk") {
  LeaseSize size{.samples = 35, .chunkSize = 10, .blockSamples = 4};

  CHECK(size.frontOf({.begin = 0, .end = 35}) == SampleRange{.begin = 0, .end = 35});
  CHECK(size.frontOf({.begin = 20, .end = 45}) == SampleRange{.begin = 20, .end = 45});
  CHECK(size.frontOf({.begin = 0, .end = 36}) == SampleRange{.begin = 0, .end = 30});
}

TEST_CASE("a lease has at least one sample") {
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

}  // namespace
}  // namespace pi::scheduler
