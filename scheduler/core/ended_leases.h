// Records of ended leases in a room of fixed size, linked to lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/lease_record.h"

namespace pi::scheduler {

// An index of EndedLeases.  It is half as long as a pointer.
using LeaseSlot = std::uint32_t;
inline constexpr LeaseSlot kNoLease = ~LeaseSlot{0};

// A list of records by number, and a record's place in it.
struct LeaseList {
  LeaseSlot first = kNoLease;
  LeaseSlot last = kNoLease;
};
struct LeaseLinks {
  LeaseSlot before = kNoLease;
  LeaseSlot after = kNoLease;
};

struct LeasesOfWorker {
  WorkerId id{};
  LeaseList list;
  std::size_t count = 0;
};
struct LeasesOfJob {
  JobId id{};
  LeaseList list;
  // By number, one of at most kLeaseStep records: the record that is looked for is found without a
  // walk from the first one.  The first records may be before the first step.
  std::map<std::uint64_t, LeaseSlot> steps;
  std::size_t sinceStep = 0;  // Records that came since the last step, itself included.
};
inline constexpr std::size_t kLeaseStep = 64;

// A record.  The time that it takes is that of its memory, so it is kept small: it has no hits of
// the strata after the first one, which most jobs do not have.
struct EndedLease {
  std::uint64_t number = 0;
  LeaseId lease{};
  SampleRange range;
  std::uint64_t counted = 0;
  std::uint64_t firstHits = 0;
  Instant begunAt;
  Instant endedAt;
  LeasesOfWorker* worker = nullptr;
  LeasesOfJob* job = nullptr;
  LeaseLinks inAll{};
  LeaseLinks inJob{};
  LeaseSlot afterInWorker = kNoLease;  // Only the first one leaves a worker's list.
  LeaseOutcome outcome{};
  bool hasStrata = false;  // It has hits of other strata.
  bool isStep = false;     // It is in LeasesOfJob::steps.
};
using EndedLeases = std::vector<EndedLease>;

void append(EndedLeases& leases, LeaseList& list, LeaseLinks EndedLease::*links, LeaseSlot slot);
void remove(EndedLeases& leases, LeaseList& list, LeaseLinks EndedLease::*links, LeaseSlot slot);

// The same for the lists of a worker and of a job.
void appendToWorker(EndedLeases& leases, LeasesOfWorker& worker, LeaseSlot slot);
void removeFirstOfWorker(EndedLeases& leases, LeasesOfWorker& worker);
void appendToJob(EndedLeases& leases, LeasesOfJob& job, LeaseSlot slot);
void removeFromJob(EndedLeases& leases, LeasesOfJob& job, LeaseSlot slot);
// A record of the job from which at most kLeaseStep steps lead to the first one with a higher
// number, if there is one.
LeaseSlot slotBefore(const LeasesOfJob& job, std::uint64_t number);

// Both return the number of records in the list.
std::size_t checkInvariants(const EndedLeases& leases, const LeasesOfWorker& worker);
std::size_t checkInvariants(const EndedLeases& leases, const LeasesOfJob& job);

}  // namespace pi::scheduler
