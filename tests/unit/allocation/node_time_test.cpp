#include "scheduler/allocation/core/node_time.h"

#include <doctest/doctest.h>

namespace pi::allocation {
namespace {

using namespace std::chrono_literals;

const Settings kSettings{};

TEST_CASE("time in which an allocation may have run is charged, other time is not") {
  Allocation allocation{.timeLimit = 1h};
  charge(allocation, Ran::kNo, Instant{} + 10min, kSettings);
  CHECK(allocation.used == 0s);
  charge(allocation, Ran::kPerhaps, Instant{} + 11min, kSettings);
  CHECK(allocation.used == 1min);
  CHECK(reserved(allocation) == 59min);
}

TEST_CASE("after a time without a view at most the time limit is charged") {
  Allocation allocation{.timeLimit = 1h};
  charge(allocation, Ran::kPerhaps, Instant{} + 72h, kSettings);
  CHECK(allocation.used == 1h);
  CHECK(reserved(allocation) == 0s);
}

TEST_CASE("time beyond the limit that was seen is charged") {
  Allocation allocation{.timeLimit = 1min};
  charge(allocation, Ran::kPerhaps, Instant{} + 1min, kSettings);
  charge(allocation, Ran::kPerhaps, Instant{} + 2min, kSettings);
  CHECK(allocation.used == 2min);
  CHECK(reserved(allocation) == 0s);
}

TEST_CASE("an allocation that is pending again may take its time limit again") {
  Allocation allocation{.timeLimit = 1h};
  charge(allocation, Ran::kPerhaps, Instant{} + 1min, kSettings);
  endRun(allocation);
  CHECK(allocation.used == 1min);
  CHECK(reserved(allocation) == 1h);
}

TEST_CASE("node time is shown in hours, rounded up") {
  CHECK(nodeTimeText(90min) == "1.50 node-hours");
  CHECK(nodeTimeText(1ms) == "0.01 node-hours");
  CHECK(nodeTimeText(0ms) == "0.00 node-hours");
}

}  // namespace
}  // namespace pi::allocation
