#include "worker/devices/paces.h"

#include <doctest/doctest.h>

#include <chrono>

namespace pi::worker {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kBlock = 1 << 17;
constexpr Duration kRunTime = milliseconds(1);

}  // namespace

TEST_CASE("a unit that is not known yet takes one block") {
  Paces paces({1, 1});
  CHECK(paces.blocksFor(0, kBlock, 1'000) == 1);
  paces.note(1, kBlock, 1, milliseconds(1), kRunTime);
  CHECK(paces.blocksFor(0, kBlock, 1'000) == 1);
}

TEST_CASE("a unit takes as many blocks as fit into its run time, at most twice as many as before") {
  Paces paces({1});
  paces.note(0, kBlock, 1, std::chrono::microseconds(10), kRunTime);
  CHECK(paces.blocksFor(0, kBlock, 1'000'000) == 2);
  paces.note(0, kBlock, 80, std::chrono::microseconds(800), kRunTime);
  CHECK(paces.blocksFor(0, kBlock, 1'000'000) == 100);
  paces.note(0, kBlock, 100, milliseconds(200), kRunTime);
  CHECK(paces.blocksFor(0, kBlock, 1'000'000) == 1);
  paces.checkInvariants();
}

TEST_CASE("near the end each unit takes half its share by speed") {
  Paces paces({1, 1});
  paces.note(0, kBlock, 3'072, std::chrono::seconds(1), std::chrono::hours(1));
  paces.note(1, kBlock, 1'024, std::chrono::seconds(1), std::chrono::hours(1));
  CHECK(paces.blocksFor(0, kBlock, 80) == 30);
  CHECK(paces.blocksFor(1, kBlock, 80) == 10);
  CHECK(paces.blocksFor(1, kBlock, 1) == 1);
}

TEST_CASE("a slow unit leaves the last blocks to one that is much faster") {
  Paces paces({1, 1});
  paces.note(0, kBlock, 1'000, milliseconds(1), kRunTime);
  paces.note(1, kBlock, 1, milliseconds(1), kRunTime);
  CHECK(paces.blocksFor(1, kBlock, 2'000) == 1);
  CHECK(paces.blocksFor(1, kBlock, 900) == 0);
  CHECK(paces.blocksFor(0, kBlock, 900) > 0);
  paces.remove(0);  // It is lost.
  CHECK(paces.blocksFor(1, kBlock, 900) == 1);
  paces.checkInvariants();
}

TEST_CASE(
    "before any speed is measured, a unit leaves few blocks to one that should be much faster") {
  Paces paces({1, 100});
  CHECK(paces.blocksFor(0, kBlock, 99) == 0);
  CHECK(paces.blocksFor(0, kBlock, 101) == 1);
  CHECK(paces.blocksFor(1, kBlock, 99) == 1);
  paces.remove(1);
  CHECK(paces.blocksFor(0, kBlock, 99) == 1);
}

TEST_CASE("speeds for blocks of another size are forgotten") {
  Paces paces({1, 1});
  paces.note(0, kBlock, 1'000, milliseconds(1), kRunTime);
  paces.note(1, 16, 1, milliseconds(1), kRunTime);
  CHECK(paces.blocksFor(0, kBlock, 1'000) == 1);
  CHECK(paces.blocksFor(0, 16, 1'000) == 1);
  paces.checkInvariants();
}

}  // namespace pi::worker
