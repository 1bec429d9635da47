#include "tests/simulation/disk.h"

#include "tests/simulation/world.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

Disk::Disk(World& world)
    : world_(world), random_(world.plan.seed, Random::Purpose::kScheduler, 1) {}

void Disk::commit(const scheduler::Changes& changes) {
  Duration most = random_.chance(0.1) ? milliseconds(1000) : milliseconds(20);
  world_.timeline.after(random_.upTo(most), [this, changes, life = world_.scheduler.life()] {
    save(changes, world_.now(), life);
  });
}

// Like the committer thread it tries again every second, and reports a failure once a minute.
void Disk::save(const scheduler::Changes& changes, Instant reportAt, std::uint64_t life) {
  if (life != world_.scheduler.life()) return;
  if (world_.now() < fullUntil_) {
    if (world_.now() >= reportAt) {
      report(scheduler::event::CommitFailed{"the disk is full"}, life);
      reportAt = world_.now() + std::chrono::minutes(1);
    }
    world_.timeline.after(seconds(1),
                          [this, changes, reportAt, life] { save(changes, reportAt, life); });
    return;
  }
  store_.apply(changes, world_.now());
  constexpr std::uint64_t kCommitsPerCopy = 8;
  if (++commits_ % kCommitsPerCopy == 0) copy_ = store_;
  report(scheduler::event::Committed{}, life);
}

void Disk::report(const scheduler::Event& outcome, std::uint64_t life) {
  world_.timeline.after(random_.upTo(milliseconds(2)), [this, outcome, life] {
    if (life == world_.scheduler.life()) world_.scheduler.feed(outcome);
  });
}

scheduler::Saved Disk::open() {
  if (world_.chances.strikes(Fault::kSpoilPoints, 0)) {
    store_.spoilPoints(world_.chances.randomOf(Fault::kSpoilPoints, 0));
  }
  ++incarnations_;
  auto low = static_cast<std::uint8_t>(incarnations_);
  auto high = static_cast<std::uint8_t>(incarnations_ >> 8);
  return store_.open(world_.now(), scheduler::Incarnation{low, high});
}

void Disk::fill(Duration length) { fullUntil_ = world_.now() + length; }

void Disk::makeRoom() { fullUntil_ = world_.now(); }

void Disk::wipe() { store_ = {}; }

}  // namespace pi::simulation
