#include "scheduler/core/lease_history.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {

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
  LeaseRecord record = lease;
  if (!parts_.empty()) {
    addPart(record);
    parts_.erase(record.lease);
  }
  bool isVoluntary = outcome == LeaseOutcome::kDone || outcome == LeaseOutcome::kGivenBack;
  bool isPart = record.counted > 0 && record.counted < record.range.size();
  keep(record, isVoluntary && isPart ? LeaseOutcome::kTruncated : outcome, now);
}

void LeaseHistory::keep(const LeaseRecord& record, LeaseOutcome outcome, Instant now) {
  ++outcomes_[static_cast<std::size_t>(outcome)];
  const auto& hits = record.hits.strata;
  bool hasStrata = std::any_of(hits.begin() + 1, hits.end(), [](auto each) { return each > 0; });
  Ended& kept = ended_.emplace_back(Ended{.number = ++lastNumber_,
                                          .lease = record.lease,
                                          .worker = record.worker,
                                          .job = record.job,
                                          .range = record.range,
                                          .counted = record.counted,
                                          .firstHits = hits[0],
                                          .begunAt = record.begunAt,
                                          .endedAt = now,
                                          .outcome = outcome,
                                          .hasStrata = hasStrata});
  kept.place = std::prev(ended_.end());
  if (hasStrata) strata_.emplace(kept.number, record.hits);
  OfWorker& own = byWorker_[kept.worker];
  (own.count == 0 ? own.first : own.last->next) = &kept;
  own.last = &kept;
  ++own.count;
  addToJob(kept);
  if (own.count > limits_.leaseRecordsPerWorkerMax) forgetFirstOf(kept.worker);
  if (ended_.size() > limits_.leaseRecordsMax) forgetFirstOf(ended_.front().worker);
}

void LeaseHistory::forgetFirstOf(WorkerId worker) {
  auto own = byWorker_.find(worker);
  const Ended& first = *own->second.first;
  if (Job* job = jobs_.find(first.job)) {
    job->history.evicted += countedOf(recordOf(first).tally(), job->spec.stream.sampler);
  }
  if (first.hasStrata) strata_.erase(first.number);
  own->second.first = first.next;
  if (--own->second.count == 0) byWorker_.erase(own);
  removeFromJob(first);
  ended_.erase(first.place);
}

void LeaseHistory::addToJob(Ended& kept) {
  OfJob& own = byJob_[kept.job];
  kept.previousOfJob = std::exchange(own.last, &kept);
  if (kept.previousOfJob != nullptr) kept.previousOfJob->nextOfJob = &kept;
  if (own.steps.empty() || own.sinceStep == kStep) {
    own.steps.emplace_hint(own.steps.end(), kept.number, &kept);
    own.sinceStep = 0;
  }
  ++own.sinceStep;
}

// A step whose record is gone leads to the next one, so no walk becomes longer.
void LeaseHistory::removeFromJob(const Ended& gone) {
  auto own = byJob_.find(gone.job);
  OfJob& job = own->second;
  if (gone.previousOfJob != nullptr) gone.previousOfJob->nextOfJob = gone.nextOfJob;
  (gone.nextOfJob != nullptr ? gone.nextOfJob->previousOfJob : job.last) = gone.previousOfJob;
  bool wasStep = job.steps.erase(gone.number) > 0;
  if (wasStep && gone.nextOfJob != nullptr) {
    job.steps.try_emplace(gone.nextOfJob->number, gone.nextOfJob);
  } else if (wasStep) {
    job.sinceStep = kStep;  // The next record is a step.
  }
  if (job.last == nullptr) byJob_.erase(own);
}

LeaseRecord LeaseHistory::recordOf(const Ended& ended) const {
  LeaseRecord record{.number = ended.number,
                     .lease = ended.lease,
                     .worker = ended.worker,
                     .job = ended.job,
                     .range = ended.range,
                     .counted = ended.counted,
                     .hits = {.strata = {ended.firstHits}},
                     .begunAt = ended.begunAt,
                     .endedAt = ended.endedAt,
                     .outcome = ended.outcome};
  if (ended.hasStrata) record.hits = strata_.at(ended.number);
  return record;
}

std::vector<LeaseRecord> LeaseHistory::endedAfter(std::uint64_t number, std::size_t max) const {
  std::vector<LeaseRecord> records;
  for (auto next = ended_.rbegin(); next != ended_.rend() && records.size() < max; ++next) {
    if (next->number <= number) break;
    records.push_back(recordOf(*next));
  }
  std::ranges::reverse(records);
  return records;
}

std::vector<LeaseRecord> LeaseHistory::endedOf(WorkerId worker) const {
  std::vector<LeaseRecord> records;
  auto own = byWorker_.find(worker);
  if (own == byWorker_.end()) return records;
  records.reserve(own->second.count);
  for (const Ended* next = own->second.first; next != nullptr; next = next->next) {
    records.push_back(recordOf(*next));
  }
  return records;
}

std::vector<LeaseRecord> LeaseHistory::endedOf(JobId job, std::uint64_t number,
                                               std::size_t max) const {
  std::vector<LeaseRecord> records;
  auto own = byJob_.find(job);
  if (own == byJob_.end()) return records;
  auto step = own->second.steps.upper_bound(number);
  if (step != own->second.steps.begin()) --step;
  for (const Ended* next = step->second; next != nullptr; next = next->nextOfJob) {
    if (records.size() == max) break;
    if (next->number > number) records.push_back(recordOf(*next));
  }
  return records;
}

void LeaseHistory::checkJobs() const {
  std::map<JobId, const Ended*> last;
  std::map<JobId, std::size_t> sinceStep;
  for (const Ended& ended : ended_) {
    const OfJob& own = byJob_.at(ended.job);
    PI_CHECK(ended.previousOfJob == std::exchange(last[ended.job], &ended));
    PI_CHECK(ended.nextOfJob == nullptr || ended.nextOfJob->previousOfJob == &ended);
    auto step = own.steps.find(ended.number);
    bool isStep = step != own.steps.end();
    PI_CHECK(isStep || ended.previousOfJob != nullptr);
    PI_CHECK(!isStep || step->second == &ended);
    std::size_t& walk = sinceStep[ended.job];
    walk = isStep ? 1 : walk + 1;
    PI_CHECK(walk <= kStep);
  }
  PI_CHECK(last.size() == byJob_.size());
  for (const auto& [job, own] : byJob_) {
    PI_CHECK(own.last == last.at(job));
    PI_CHECK(own.last->nextOfJob == nullptr);
    PI_CHECK(own.steps.begin()->second->previousOfJob == nullptr);
  }
}

void LeaseHistory::checkInvariants() const {
  PI_CHECK(ended_.size() <= limits_.leaseRecordsMax);
  checkJobs();
  PI_CHECK(lastNumber_ == std::accumulate(outcomes_.begin(), outcomes_.end(), std::uint64_t{0}));
  std::map<JobId, Counted> sums;
  auto add = [&](JobId id, const Tally& tally) {
    const Job* job = jobs_.find(id);
    if (job != nullptr) sums[id] += countedOf(tally, job->spec.stream.sampler);
  };
  std::map<WorkerId, const Ended*> next;
  for (const auto& [worker, own] : byWorker_) {
    PI_CHECK(own.count > 0);
    PI_CHECK(own.count <= limits_.leaseRecordsPerWorkerMax);
    PI_CHECK(own.last->next == nullptr);
    next[worker] = own.first;
  }
  std::map<WorkerId, std::size_t> seen;
  std::uint64_t last = 0;
  std::size_t withStrata = 0;
  for (const Ended& ended : ended_) {
    PI_CHECK(ended.number > last);
    PI_CHECK(ended.outcome != LeaseOutcome::kRunning);
    last = ended.number;
    withStrata += ended.hasStrata;
    PI_CHECK(next.at(ended.worker) == &ended);
    next[ended.worker] = ended.next;
    ++seen[ended.worker];
    PI_CHECK(ended.counted <= ended.range.size());
    add(ended.job, recordOf(ended).tally());
  }
  PI_CHECK(last <= lastNumber_);
  PI_CHECK(withStrata == strata_.size());
  PI_CHECK(seen.size() == byWorker_.size());
  for (const auto& [worker, own] : byWorker_) PI_CHECK(own.count == seen.at(worker));
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
