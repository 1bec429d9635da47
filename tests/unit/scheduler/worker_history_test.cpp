#include "scheduler/core/worker_history.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

using std::chrono::seconds;

constexpr WorkerId kAnn{1}, kBob{2};

Instant at(int second) { return Instant{} + seconds(second); }

TEST_CASE("a worker's states follow each other without gaps") {
  WorkerHistory history({});
  history.note(kAnn, WorkerState::kActive, at(1));
  history.note(kAnn, WorkerState::kActive, at(2));
  history.note(kAnn, WorkerState::kSilent, at(5));
  history.note(kAnn, WorkerState::kActive, at(7));

  const WorkerTrack* track = history.find(kAnn);
  REQUIRE(track != nullptr);
  CHECK(track->periods == std::vector<StatePeriod>{{WorkerState::kActive, at(1), at(5)},
                                                   {WorkerState::kSilent, at(5), at(7)},
                                                   {WorkerState::kActive, at(7), std::nullopt}});
  CHECK_FALSE(track->gone);
  CHECK(history.find(kBob) == nullptr);
  history.checkInvariants();
}

TEST_CASE("a worker that is gone keeps its name and its states, and a gap when it comes back") {
  WorkerHistory history({});
  history.note(kAnn, WorkerState::kActive, at(1));
  WorkerProfile profile;
  profile.name = "node7";
  history.noteGone(kAnn, profile, at(3));
  REQUIRE(history.find(kAnn)->gone.has_value());
  CHECK(history.find(kAnn)->gone->name == "node7");
  CHECK(history.gone() == std::deque<WorkerId>{kAnn});
  history.checkInvariants();

  history.note(kAnn, WorkerState::kActive, at(9));

  CHECK_FALSE(history.find(kAnn)->gone);
  CHECK(history.gone().empty());
  CHECK(history.find(kAnn)->periods ==
        std::vector<StatePeriod>{{WorkerState::kActive, at(1), at(3)},
                                 {WorkerState::kActive, at(9), std::nullopt}});
  history.checkInvariants();
}

TEST_CASE("the oldest states of a worker are forgotten") {
  WorkerHistory history({.statePeriodsMax = 3});
  for (int i = 0; i < 10; ++i) {
    history.note(kAnn, i % 2 == 0 ? WorkerState::kActive : WorkerState::kAbsent, at(i));
    history.checkInvariants();
  }
  CHECK(history.find(kAnn)->periods.size() == 3);
  CHECK(history.find(kAnn)->periods.front().begin == at(7));
}

TEST_CASE("workers that went first are forgotten first") {
  WorkerHistory history({.goneWorkersMax = 2});
  for (std::uint64_t i = 1; i <= 5; ++i) {
    history.note(WorkerId{i}, WorkerState::kActive, at(1));
    history.noteGone(WorkerId{i}, {}, at(2));
    history.checkInvariants();
  }
  CHECK(history.tracks().size() == 2);
  CHECK(history.gone() == std::deque<WorkerId>{WorkerId{4}, WorkerId{5}});
}

}  // namespace
}  // namespace pi::scheduler
