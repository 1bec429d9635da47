#include "scheduler/core/roster.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WorkerId kAnn{1}, kBob{2};

TEST_CASE("the cluster is as fast as the workers that may be lent to") {
  Roster roster;
  roster.add({.id = kAnn, .speed = 300});
  Worker& bob = roster.add({.id = kBob, .speed = 200});
  CHECK(roster.clusterSpeed() == 500);

  roster.setState(bob, WorkerState::kSilent);
  CHECK(roster.clusterSpeed() == 300);
  CHECK(roster.connected() == 2);
  CHECK(roster.doubtful() == 1);

  roster.setState(bob, WorkerState::kAbsent);
  CHECK(roster.connected() == 1);
  CHECK(roster.doubtful() == 1);

  roster.remove(kBob);
  CHECK(roster.find(kBob) == nullptr);
  CHECK(roster.doubtful() == 0);
  roster.checkInvariants();
}

TEST_CASE("a draining worker is connected, not in doubt, and not lent to") {
  Roster roster;
  Worker& ann = roster.add({.id = kAnn, .speed = 300});

  roster.setState(ann, WorkerState::kDraining);

  CHECK(roster.clusterSpeed() == 0);
  CHECK(roster.connected() == 1);
  CHECK(roster.doubtful() == 0);
}

TEST_CASE("a speed is what the first tally shows, and follows later ones half of the way") {
  Roster roster;
  Worker& ann = roster.add({.id = kAnn, .speed = 1'000'000'000});

  roster.learnSpeed(ann, 2000, seconds(1));
  CHECK(ann.speed == 2000);

  roster.learnSpeed(ann, 1000, seconds(1));
  CHECK(ann.speed == 1500);
  roster.checkInvariants();
}

TEST_CASE("a run too short to be timed slows nobody down") {
  Roster roster;
  Worker& ann = roster.add({.id = kAnn, .speed = 1'000'000});

  roster.learnSpeed(ann, 1, Duration::zero());
  CHECK(ann.speed == 1'000'000);

  roster.learnSpeed(ann, 1000, microseconds(1));
  CHECK(ann.speed == 10'000'000);
}

TEST_CASE("a speed is never zero and never beyond belief") {
  Roster roster;
  Worker& ann = roster.add({.id = kAnn, .speed = 1});

  roster.learnSpeed(ann, 1, std::chrono::hours(1000));
  CHECK(ann.speed == 1);

  roster.learnSpeed(ann, std::uint64_t{1} << 62, milliseconds(-5));
  CHECK(ann.speed == 1'000'000'000'000'000);
  roster.checkInvariants();
}

}  // namespace
}  // namespace pi::scheduler
