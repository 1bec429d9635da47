#include "scheduler/core/lease_history.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {
namespace {

bool haveStrata(const Hits& hits) {
  std::uint64_t rest = 0;
  for (std::size_t i = 1; i < hits.strata.size(); ++i) rest |= hits.strata[i];
  return rest != 0;
}

}  // namespace

// One slot more: a record is added before another one is forgotten.
LeaseHistory::LeaseHistory(const HistoryLimits& limits, JobTable& jobs)
    : limits_(limits), jobs_(jobs) {
  slots_.reserve(limits.leaseRecordsMax + 1);
}

void LeaseHistory::countPart(const LeaseTally& tally) {
  auto [place, isNew] =
      parts_.try_emplace(tally.lease, Part{.job = tally.job, .tally = tally.tally});
  if (isNew) return;
  Tally& sum = place->second.tally;
  PI_CHECK(sum.range.end == tally.tally.range.begin);
  sum.range.end = tally.tally.range.end;
  sum.hits += tally.tally.hits;
}

void LeaseHistory::addPart(LeaseRecord& lease) const {
  auto part = parts_.find(lease.lease);
  if (part == parts_.end()) return;
  PI_CHECK(part->second.tally.range.begin == lease.range.begin);
  lease.counted += part->second.tally.range.size();
  lease.hits += part->second.tally.hits;
}

void LeaseHistory::countLate(WorkerId worker, const LeaseTally& tally, Instant now) {
  keep({.lease = tally.lease,
        .worker = worker,
        .job = tally.job,
        .range = tally.tally.range,
        .counted = tally.tally.range.size(),
        .hits = tally.tally.hits,
        .begunAt = now},
       LeaseOutcome::kLate, now);
}

void LeaseHistory::end(const LeaseRecord& lease, LeaseOutcome outcome, Instant now) {
  auto keepAs = [&](const LeaseRecord& record) {
    bool isVoluntary = outcome == LeaseOutcome::kDone || outcome == LeaseOutcome::kGivenBack;
    bool isPart = record.counted > 0 && record.counted < record.range.size();
    keep(record, isVoluntary && isPart ? LeaseOutcome::kTruncated : outcome, now);
  };
  if (parts_.empty()) return keepAs(lease);
  LeaseRecord whole = lease;
  addPart(whole);
  parts_.erase(whole.lease);
  keepAs(whole);
}

void LeaseHistory::keep(const LeaseRecord& record, LeaseOutcome outcome, Instant now) {
  ++outcomes_[static_cast<std::size_t>(outcome)];
  LeasesOfWorker& worker = byWorker_[record.worker];
  // The newest record is mostly one of the same job.
  const EndedLease* newest = all_.last == kNoLease ? nullptr : &slots_[all_.last];
  bool isKnown = newest != nullptr && newest->job->id == record.job;
  LeasesOfJob& job = isKnown ? *newest->job : byJob_[record.job];
  worker.id = record.worker;
  job.id = record.job;
  Slot slot = std::exchange(free_, kNoLease);
  if (slot == kNoLease) {
    slot = static_cast<Slot>(slots_.size());
    slots_.emplace_back();
  }
  // Field by field: a copy of a record that was just made would wait for its parts.
  EndedLease& kept = slots_[slot];
  kept.number = ++lastNumber_;
  kept.lease = record.lease;
  kept.range = record.range;
  kept.counted = record.counted;
  kept.firstHits = record.hits.strata[0];
  kept.begunAt = record.begunAt;
  kept.endedAt = now;
  kept.worker = &worker;
  kept.job = &job;
  kept.afterInWorker = kNoLease;
  kept.outcome = outcome;
  kept.hasStrata = haveStrata(record.hits);
  kept.isStep = false;
  if (kept.hasStrata) {
    strata_.reserve(slots_.capacity());
    if (strata_.size() <= slot) strata_.resize(slot + 1);
    strata_[slot] = record.hits;
  }
  append(slots_, all_, &EndedLease::inAll, slot);
  appendToJob(slots_, job, slot);
  appendToWorker(slots_, worker, slot);
  if (worker.count > limits_.leaseRecordsPerWorkerMax) {
    forgetFirstOf(worker);
  } else if (endedCount() > limits_.leaseRecordsMax) {
    forgetFirstOf(*slots_[all_.first].worker);
  }
}

void LeaseHistory::forgetFirstOf(LeasesOfWorker& worker) {
  Slot slot = worker.list.first;
  addToEvicted(slot);
  LeasesOfJob& job = *slots_[slot].job;
  remove(slots_, all_, &EndedLease::inAll, slot);
  removeFromJob(slots_, job, slot);
  removeFirstOfWorker(slots_, worker);
  if (job.list.first == kNoLease) byJob_.erase(JobId{job.id});
  if (worker.count == 0) byWorker_.erase(WorkerId{worker.id});
  free_ = slot;
}

void LeaseHistory::addToEvicted(Slot slot) {
  const EndedLease& gone = slots_[slot];
  Job* job = gone.counted == 0 ? nullptr : jobs_.find(gone.job->id);
  if (job == nullptr) return;
  Counted& evicted = job->history.evicted;
  Sampler sampler = job->spec.stream.sampler;
  if (strataCount(sampler) == 1) {
    evicted.samples[0] += gone.counted;
    evicted.hits.strata[0] += gone.firstHits;
  } else {
    evicted += countedOf(recordOf(slot).tally(), sampler);
  }
}

LeaseRecord LeaseHistory::recordOf(Slot slot) const {
  const EndedLease& ended = slots_[slot];
  LeaseRecord record{.number = ended.number,
                     .lease = ended.lease,
                     .worker = ended.worker->id,
                     .job = ended.job->id,
                     .range = ended.range,
                     .counted = ended.counted,
                     .hits = {.strata = {ended.firstHits}},
                     .begunAt = ended.begunAt,
                     .endedAt = ended.endedAt,
                     .outcome = ended.outcome};
  if (ended.hasStrata) record.hits = strata_[slot];
  return record;
}

std::vector<LeaseRecord> LeaseHistory::endedAfter(std::uint64_t number, std::size_t max) const {
  std::vector<LeaseRecord> records;
  for (Slot next = all_.last; next != kNoLease && records.size() < max;
       next = slots_[next].inAll.before) {
    if (slots_[next].number <= number) break;
    records.push_back(recordOf(next));
  }
  std::ranges::reverse(records);
  return records;
}

std::vector<LeaseRecord> LeaseHistory::endedOf(WorkerId worker) const {
  std::vector<LeaseRecord> records;
  auto own = byWorker_.find(worker);
  if (own == byWorker_.end()) return records;
  records.reserve(own->second.count);
  for (Slot next = own->second.list.first; next != kNoLease; next = slots_[next].afterInWorker) {
    records.push_back(recordOf(next));
  }
  return records;
}

std::vector<LeaseRecord> LeaseHistory::endedOf(JobId job, std::uint64_t number,
                                               std::size_t max) const {
  std::vector<LeaseRecord> records;
  auto own = byJob_.find(job);
  if (own == byJob_.end()) return records;
  Slot next = slotBefore(own->second, number);
  for (; next != kNoLease && records.size() < max; next = slots_[next].inJob.after) {
    if (slots_[next].number > number) records.push_back(recordOf(next));
  }
  return records;
}

void LeaseHistory::checkInvariants() const {
  PI_CHECK(endedCount() <= limits_.leaseRecordsMax);
  std::size_t ofWorkers = 0, ofJobs = 0, records = 0;
  for (const auto& [id, own] : byWorker_) {
    PI_CHECK(own.id == id);
    PI_CHECK(own.count <= limits_.leaseRecordsPerWorkerMax);
    ofWorkers += scheduler::checkInvariants(slots_, own);
  }
  for (const auto& [id, own] : byJob_) {
    PI_CHECK(own.id == id);
    ofJobs += scheduler::checkInvariants(slots_, own);
  }
  PI_CHECK(lastNumber_ == std::accumulate(outcomes_.begin(), outcomes_.end(), std::uint64_t{0}));
  std::map<JobId, Counted> sums;
  auto add = [&](JobId id, const Tally& tally) {
    const Job* job = jobs_.find(id);
    if (job != nullptr) sums[id] += countedOf(tally, job->spec.stream.sampler);
  };
  Slot before = kNoLease;
  for (Slot next = all_.first; next != kNoLease; next = slots_[next].inAll.after) {
    const EndedLease& ended = slots_[next];
    PI_CHECK(ended.inAll.before == before);
    PI_CHECK(before == kNoLease || slots_[before].number < ended.number);
    PI_CHECK(ended.number <= lastNumber_);
    PI_CHECK(ended.outcome != LeaseOutcome::kRunning);
    PI_CHECK(ended.counted <= ended.range.size());
    LeaseRecord record = recordOf(next);
    PI_CHECK(haveStrata(record.hits) == ended.hasStrata);
    add(record.job, record.tally());
    ++records;
    before = next;
  }
  PI_CHECK(all_.last == before);
  PI_CHECK(records == endedCount());
  PI_CHECK(ofWorkers == records);
  PI_CHECK(ofJobs == records);
  for (const auto& [lease, part] : parts_) add(part.job, part.tally);
  for (const auto& [id, job] : jobs_.all()) {
    Counted all = sums[id];
    all += job.history.restored;
    all += job.history.evicted;
    PI_CHECK(all.samples == job.ledger.progress().stratumSamples());
    PI_CHECK(all.hits == job.ledger.progress().hits());
  }
}

}  // namespace pi::scheduler
