#include "scheduler/service/awaited_workers.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

using namespace std::chrono_literals;

const Instant kNow{};

TEST_CASE("a client that asks no more is forgotten after a while") {
  AwaitedWorkers awaited;
  CHECK(awaited.count(kNow) == 0);
  awaited.note(3, kNow);
  awaited.note(3, kNow + 4s);
  CHECK(awaited.count(kNow + 8s) == 3);
  CHECK(awaited.count(kNow + 9s) == 0);
}

TEST_CASE("the client that waits for the most workers counts") {
  AwaitedWorkers awaited;
  awaited.note(5, kNow);
  awaited.note(2, kNow + 1s);
  CHECK(awaited.count(kNow + 1s) == 5);
  awaited.note(2, kNow + 6s);
  CHECK(awaited.count(kNow + 6s) == 2);
}

}  // namespace
}  // namespace pi::scheduler
