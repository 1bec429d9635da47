#include "scheduler/allocation/core/demand.h"

#include <doctest/doctest.h>

namespace pi::allocation {
namespace {

using namespace std::chrono_literals;

TEST_CASE("as many workers are wanted as find the least work each") {
  CHECK(wantedWorkers({.work = 50min}, 5min) == 10);
  CHECK(wantedWorkers({.work = 54min}, 5min) == 10);
}

TEST_CASE("any work is worth one worker, and no work is worth none") {
  CHECK(wantedWorkers({.work = 1ms}, 5min) == 1);
  CHECK(wantedWorkers({.work = 0s}, 5min) == 0);
}

}  // namespace
}  // namespace pi::allocation
