#include "scheduler/live/boxes.h"

#include "scheduler/live/limits.h"
#include "tests/unit/live/stage.h"

namespace pi::scheduler::live {
namespace {

constexpr WorkerId kAnn{1}, kBob{2};

TEST_CASE("leases of a worker that ended alike in one tick are one box") {
  Stage stage;
  Boxes boxes(stage.leases);
  for (int i = 0; i < 1000; ++i) stage.endLease(1, 100ms);
  stage.endLease(1, 50ms, LeaseOutcome::kLost);
  stage.endLease(2);
  stage.endLease(1, 100ms, LeaseOutcome::kDone, 2);
  boxes.tick(stage.leases, {kAnn, kBob});

  std::vector<Box> ann = boxes.after(kAnn, 0);
  REQUIRE(ann.size() == 3);
  CHECK(ann[0].leases == 1000);
  CHECK(ann[0].counted == 1'000'000);
  CHECK(ann[0].range == SampleRange{.begin = 1000, .end = 1'001'000});
  CHECK(ann[0].begin == stage.now - 100ms);
  CHECK(ann[0].end == stage.now);
  CHECK(ann[1].outcome == LeaseOutcome::kLost);
  CHECK(ann[2].job == JobId{2});
  CHECK(boxes.after(kBob, 0).size() == 1);
}

TEST_CASE("a viewer that was late gets successive boxes as one") {
  Stage stage;
  Boxes boxes(stage.leases);
  for (int i = 0; i < 5; ++i) {
    stage.now += 250ms;
    stage.endLease(1);
    boxes.tick(stage.leases, {kAnn});
  }
  CHECK(boxes.after(kAnn, 4).size() == 1);
  std::vector<Box> late = boxes.after(kAnn, 1);
  REQUIRE(late.size() == 1);
  CHECK(late[0].leases == 4);
  CHECK(late[0].number == 5);
}

TEST_CASE("a lease that was lent ahead begins when the one before it ended") {
  Stage stage;
  Boxes boxes(stage.leases);
  stage.endLease(1);
  boxes.tick(stage.leases, {kAnn});
  Instant before = stage.now;
  stage.now += 100ms;
  stage.endLease(1, 150ms);
  boxes.tick(stage.leases, {kAnn});
  CHECK(boxes.after(kAnn, 1).at(0).begin == before);
}

TEST_CASE("boxes of workers that no viewer follows are not kept") {
  Stage stage;
  Boxes boxes(stage.leases);
  for (std::uint64_t worker = 1; worker <= 100; ++worker) stage.endLease(worker);
  boxes.tick(stage.leases, {kAnn});
  CHECK(boxes.size() == 1);
  CHECK(boxes.lastNumber() == 100);
}

TEST_CASE("the number of recent boxes is bounded, and it is known which are forgotten") {
  Stage stage;
  std::set<WorkerId> all;
  for (std::uint64_t worker = 1; worker <= 1000; ++worker) all.insert(WorkerId{worker});
  Boxes boxes(stage.leases);
  for (int i = 0; i < 70; ++i) {
    stage.now += 250ms;
    for (std::uint64_t worker = 1; worker <= 1000; ++worker) stage.endLease(worker);
    boxes.tick(stage.leases, all);
    CHECK(boxes.size() <= kRecentBoxesMax);
  }
  CHECK(boxes.floor() == 5000);
  CHECK(boxes.after(kAnn, boxes.floor()).at(0).leases == 65);
}

TEST_CASE("the past of a worker is merged to a number of boxes, and nothing of it is left out") {
  Stage stage;
  for (int i = 0; i < 1000; ++i) {
    stage.now += 10ms;
    stage.endLease(1, 10ms);
  }
  std::vector<LeaseRecord> records = stage.leases.endedOf(kAnn);
  std::vector<Box> boxes = pastBoxes(records, 0, 1000, 20);
  REQUIRE(boxes.size() <= 20);
  std::uint64_t leases = 0;
  for (const Box& box : boxes) leases += box.leases;
  CHECK(leases == 1000);
  CHECK(pastBoxes(records, 400, 500, 300).back().number == 500);
  CHECK(pastBoxes(records, 1000, 1000, 300).empty());
}

TEST_CASE("a past with too many kinds of leases is cut to the newest") {
  Stage stage;
  for (std::uint64_t i = 0; i < 100; ++i) {
    stage.now += 10ms;
    stage.endLease(1, 10ms, LeaseOutcome::kDone, i);
  }
  std::vector<Box> boxes = pastBoxes(stage.leases.endedOf(kAnn), 0, 100, 8);
  REQUIRE(boxes.size() == 8);
  CHECK(boxes.back().number == 100);
}

}  // namespace
}  // namespace pi::scheduler::live
