// The scheduler's disk and its committer thread in a story.
#pragma once

#include <cstdint>
#include <set>

#include "common/base/clock.h"
#include "scheduler/core/changes.h"
#include "scheduler/core/event.h"
#include "tests/simulation/fake_store.h"
#include "tests/simulation/random.h"

namespace pi::simulation {

struct World;

class Disk {
 public:
  explicit Disk(World& world);

  // Saves the changes some time later, and says so to the scheduler that runs now.  A crash may
  // come before they are saved, or after that and before the scheduler learns of it.
  void commit(const scheduler::Changes& changes);

  // The state that the next scheduler starts with.
  scheduler::Saved open();
  // The jobs of this state whose points did not lead to what was counted, at some start.
  std::set<JobId> spoiled() const { return store_.spoiled(); }

  // Commits fail for that long.
  void fill(Duration length);
  void makeRoom();

  // The state directory is empty again.
  void wipe();
  // The state directory is as an older copy of it; empty if there is none.
  void restore() { store_ = copy_; }

 private:
  void save(const scheduler::Changes& changes, Instant reportAt, std::uint64_t life);
  void report(const scheduler::Event& outcome, std::uint64_t life);

  World& world_;
  Random random_;
  FakeStore store_;
  FakeStore copy_;                  // Made from time to time.
  std::uint64_t commits_ = 0;       // All that succeeded.
  std::uint16_t incarnations_ = 0;  // Given out, also by stores that were lost.
  Instant fullUntil_{};
};

}  // namespace pi::simulation
