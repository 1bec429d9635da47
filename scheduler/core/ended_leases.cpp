#include "scheduler/core/ended_leases.h"

#include <iterator>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {
namespace {

void addStep(EndedLease& lease, LeasesOfJob& job, LeaseSlot slot) {
  lease.isStep = true;
  job.steps.emplace_hint(job.steps.end(), lease.number, slot);
}

// A step whose record goes leads to the next one, so no walk becomes longer.  Before the first step
// walks begin at the first record: records that go in the order in which they came cost little.
void removeStep(EndedLeases& leases, LeasesOfJob& job, const EndedLease& gone) {
  job.steps.erase(gone.number);
  auto [before, after] = gone.inJob;
  if (after == kNoLease) {
    job.sinceStep = kLeaseStep;  // The next record is a step.
  } else if (before != kNoLease && !std::exchange(leases[after].isStep, true)) {
    job.steps.emplace(leases[after].number, after);
  }
}

}  // namespace

void append(EndedLeases& leases, LeaseList& list, LeaseLinks EndedLease::*links, LeaseSlot slot) {
  leases[slot].*links = {.before = list.last, .after = kNoLease};
  (list.last == kNoLease ? list.first : (leases[list.last].*links).after) = slot;
  list.last = slot;
}

void remove(EndedLeases& leases, LeaseList& list, LeaseLinks EndedLease::*links, LeaseSlot slot) {
  auto [before, after] = leases[slot].*links;
  (before == kNoLease ? list.first : (leases[before].*links).after) = after;
  (after == kNoLease ? list.last : (leases[after].*links).before) = before;
}

void appendToWorker(EndedLeases& leases, LeasesOfWorker& worker, LeaseSlot slot) {
  LeaseList& list = worker.list;
  (worker.count == 0 ? list.first : leases[list.last].afterInWorker) = slot;
  list.last = slot;
  ++worker.count;
}

void removeFirstOfWorker(EndedLeases& leases, LeasesOfWorker& worker) {
  worker.list.first = leases[worker.list.first].afterInWorker;
  --worker.count;
}

void appendToJob(EndedLeases& leases, LeasesOfJob& job, LeaseSlot slot) {
  append(leases, job.list, &EndedLease::inJob, slot);
  if (job.list.first == slot || job.sinceStep == kLeaseStep) {
    addStep(leases[slot], job, slot);
    job.sinceStep = 0;
  }
  ++job.sinceStep;
}

void removeFromJob(EndedLeases& leases, LeasesOfJob& job, LeaseSlot slot) {
  const EndedLease& gone = leases[slot];
  if (gone.isStep) removeStep(leases, job, gone);
  remove(leases, job.list, &EndedLease::inJob, slot);
}

LeaseSlot slotBefore(const LeasesOfJob& job, std::uint64_t number) {
  auto step = job.steps.upper_bound(number);
  return step == job.steps.begin() ? job.list.first : std::prev(step)->second;
}

std::size_t checkInvariants(const EndedLeases& leases, const LeasesOfWorker& worker) {
  std::size_t count = 0;
  std::uint64_t last = 0;
  for (LeaseSlot next = worker.list.first; next != kNoLease; next = leases[next].afterInWorker) {
    PI_CHECK(leases[next].worker == &worker);
    PI_CHECK(leases[next].number > std::exchange(last, leases[next].number));
    PI_CHECK(leases[next].afterInWorker != kNoLease || next == worker.list.last);
    ++count;
  }
  PI_CHECK(count > 0);
  PI_CHECK(count == worker.count);
  return count;
}

std::size_t checkInvariants(const EndedLeases& leases, const LeasesOfJob& job) {
  std::size_t count = 0, walk = 0, steps = 0;
  LeaseSlot before = kNoLease;
  for (LeaseSlot next = job.list.first; next != kNoLease; next = leases[next].inJob.after) {
    const EndedLease& lease = leases[next];
    PI_CHECK(lease.job == &job);
    PI_CHECK(lease.inJob.before == before);
    PI_CHECK(before == kNoLease || leases[before].number < lease.number);
    PI_CHECK(!lease.isStep || job.steps.at(lease.number) == next);
    walk = lease.isStep ? 1 : walk + 1;
    PI_CHECK(walk <= kLeaseStep);
    steps += lease.isStep;
    before = next;
    ++count;
  }
  PI_CHECK(before != kNoLease);
  PI_CHECK(job.list.last == before);
  PI_CHECK(steps == job.steps.size());
  return count;
}

}  // namespace pi::scheduler
