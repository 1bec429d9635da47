#include "scheduler/allocation/core/lister.h"

#include <doctest/doctest.h>

namespace pi::allocation {
namespace {

using namespace std::chrono_literals;

const Settings kSettings{};

// The time from one listing to the next, if each is answered at once.
struct Rhythm {
  Lister lister{kSettings};
  Instant now{};
  Duration untilNext(bool isOccupied = true) {
    std::set<std::string> occupied;
    if (isOccupied) occupied.insert("slurm");
    Instant before = now;
    while (lister.begin({"slurm"}, occupied, now).empty()) now += 1s;
    return now - before;
  }
};

TEST_CASE("a batch system without news is asked less often, and at once again after some") {
  Rhythm rhythm;
  CHECK(rhythm.untilNext() == 0s);
  rhythm.lister.noteListed("slurm", true);
  CHECK(rhythm.untilNext() == 10s);
  rhythm.lister.noteListed("slurm", false);
  CHECK(rhythm.untilNext() == 20s);
  rhythm.lister.noteListed("slurm", false);
  CHECK(rhythm.untilNext() == 40s);
  rhythm.lister.noteListed("slurm", false);
  CHECK(rhythm.untilNext() == 60s);
  rhythm.lister.noteListed("slurm", false);
  rhythm.lister.hurry("slurm");
  CHECK(rhythm.untilNext() == 10s);
}

TEST_CASE("a batch system that fails is asked less and less often, whatever happens") {
  Rhythm rhythm;
  rhythm.untilNext();
  for (int i = 0; i < 10; ++i) {
    rhythm.lister.noteFailed("slurm", "no answer");
    rhythm.lister.hurry("slurm");
    rhythm.untilNext();
  }
  rhythm.lister.noteFailed("slurm", "no answer");
  CHECK(rhythm.lister.failures("slurm") == 11);
  CHECK(rhythm.untilNext() == 5min);
}

TEST_CASE("one listing is under way at a time") {
  Lister lister(kSettings);
  CHECK(lister.begin({"slurm", "local"}, {}, Instant{}).size() == 2);
  CHECK(lister.begin({"slurm", "local"}, {}, Instant{} + 24h).empty());
}

TEST_CASE("a batch system without allocations is looked at now and then") {
  Rhythm rhythm;
  rhythm.untilNext(false);
  rhythm.lister.noteListed("slurm", false);
  CHECK(rhythm.untilNext(false) == 5min);
}

}  // namespace
}  // namespace pi::allocation
