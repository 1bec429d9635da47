#include "scheduler/allocation/core/demand.h"

#include <doctest/doctest.h>

#include <vector>

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

TEST_CASE("a limited part counts with what its workers can do in the least work of each") {
  LimitedWork part{.work = 100h, .workersMax = 3};
  CHECK(wantedWorkers({.limited = {part}}, 5min) == 3);
  CHECK(wantedWorkers({.work = 50min, .limited = {part, part}}, 5min) == 16);
  part.work = 10min;
  CHECK(wantedWorkers({.limited = {part}}, 5min) == 2);
  part.work = 1s;
  CHECK(wantedWorkers({.limited = {part}}, 5min) == 1);
}

TEST_CASE("many short limited parts are worth as many workers as one part of their length") {
  std::vector<LimitedWork> parts(20, {.work = 3min, .workersMax = 1});
  CHECK(wantedWorkers({.limited = parts}, 5min) == 12);
}

TEST_CASE("an endless limited part hides no other work") {
  LimitedWork endless{.work = kLongestWork, .workersMax = 1};
  Demand demand{.work = 50min, .limited = {endless, endless, endless}};
  CHECK(wantedWorkers(demand, 5min) == 13);
  CHECK(allWork(demand) == kLongestWork);
}

}  // namespace
}  // namespace pi::allocation
