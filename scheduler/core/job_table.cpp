#include "scheduler/core/job_table.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {

Job& JobTable::add(const JobSpec& spec, const std::string& requestId, const JobUid& uid,
                   Instant now) {
  lastId_ = JobId{number(lastId_) + 1};
  auto [place, isNew] = jobs_.emplace(lastId_, Job{.id = lastId_,
                                                   .uid = uid,
                                                   .spec = spec,
                                                   .requestId = requestId,
                                                   .ledger = Ledger(spec, config_.fragmentsMax),
                                                   .submittedAt = now,
                                                   .talliedAt = now,
                                                   .rate = RateMeter(now)});
  PI_CHECK(isNew);
  if (!requestId.empty()) PI_CHECK(requests_.emplace(requestId, lastId_).second);
  return place->second;
}

Job& JobTable::restore(const SavedJob& saved, Instant now) {
  const JobRecord& record = saved.record;
  Instant submittedAt = now - record.age;
  Job job{.id = record.id,
          .uid = record.uid,
          .spec = record.spec,
          .state = record.state,
          .streamVersion = record.streamVersion,
          .reason = record.reason,
          .requestId = record.requestId,
          .isAccepted = true,
          .isAnnounced = isOver(record.state),
          .isRestored = true,
          .ledger = Ledger(record.spec, config_.fragmentsMax),
          .submittedAt = submittedAt,
          .talliedAt = submittedAt + record.elapsed,
          .rate = RateMeter(now),
          .duplicatesDropped = record.duplicatesDropped};
  // A job whose goal grew has fragments beyond the samples that the user asked for.
  if (!saved.fragments.empty()) job.ledger.extend(saved.fragments.back().tally.range.end);
  for (const Fragment& fragment : saved.fragments) job.ledger.restore(fragment);
  for (const Contributor& contributor : saved.contributors) job.contributors.restore(contributor);
  GoalStep step = config_.goal(job.spec, job.ledger.progress());
  PI_CHECK(step.isReached == (record.state == JobState::kFinished));
  job.ledger.extend(step.samples);
  if (!record.requestId.empty()) requests_.emplace(record.requestId, record.id);
  Instant endedAt = job.talliedAt;
  auto [place, isNew] = jobs_.emplace(record.id, std::move(job));
  PI_CHECK(isNew);
  if (isOver(record.state)) {
    auto endedLater = [this](Instant end, JobId other) { return end < get(other).talliedAt; };
    endedJobs_.insert(std::upper_bound(endedJobs_.begin(), endedJobs_.end(), endedAt, endedLater),
                      record.id);
  }
  return place->second;
}

void JobTable::end(Job& job, JobState state, std::string reason, Instant now) {
  PI_CHECK(!isOver(job.state));
  PI_CHECK(isOver(state));
  // A job of which nothing was counted took the time that it waited.
  if (job.ledger.progress().samples() == 0) job.talliedAt = now;
  job.state = state;
  job.reason = std::move(reason);
  endedJobs_.push_back(job.id);
  ++endsToAnnounce_;
}

void JobTable::announce(Job& job) {
  PI_CHECK(isOver(job.state));
  PI_CHECK(!job.isAnnounced);
  job.isAnnounced = true;
  --endsToAnnounce_;
}

void JobTable::withdraw(JobId id) {
  auto job = jobs_.find(id);
  PI_CHECK(job != jobs_.end());
  if (isOver(job->second.state)) {
    if (!job->second.isAnnounced) --endsToAnnounce_;
    std::erase(endedJobs_, id);
  }
  remove(job);
}

std::vector<JobId> JobTable::forgetOld() {
  std::vector<JobId> forgotten;
  while (endedJobs_.size() - endsToAnnounce_ > config_.finishedJobsMax) {
    auto oldest = jobs_.find(endedJobs_.front());
    PI_CHECK(oldest != jobs_.end());
    if (!oldest->second.isAnnounced) break;
    forgotten.push_back(oldest->first);
    remove(oldest);
    endedJobs_.pop_front();
  }
  return forgotten;
}

void JobTable::remove(std::map<JobId, Job>::iterator job) {
  if (!job->second.requestId.empty()) requests_.erase(job->second.requestId);
  jobs_.erase(job);
}

Job* JobTable::find(JobId job) {
  auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : &found->second;
}

const Job* JobTable::find(JobId job) const {
  auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : &found->second;
}

Job& JobTable::get(JobId job) {
  Job* found = find(job);
  PI_CHECK(found != nullptr);
  return *found;
}

Job* JobTable::ofRequest(const std::string& requestId) {
  auto known = requests_.find(requestId);
  return known == requests_.end() ? nullptr : &get(known->second);
}

JobId JobTable::lastAccepted() const {
  auto last = std::find_if(jobs_.rbegin(), jobs_.rend(),
                           [](const auto& entry) { return entry.second.isAccepted; });
  return last == jobs_.rend() ? JobId{} : last->first;
}

void JobTable::checkInvariants() const {
  std::size_t ended = 0, unannounced = 0;
  for (const auto& [id, job] : jobs_) {
    PI_CHECK(job.id == id);
    PI_CHECK(number(id) <= number(lastId_));
    job.contributors.checkInvariants();
    bool isReached = config_.goal(job.spec, job.ledger.progress()).isReached;
    PI_CHECK((job.state == JobState::kFinished) == isReached);
    PI_CHECK(isOver(job.state) || !job.isAnnounced);
    ended += isOver(job.state);
    unannounced += isOver(job.state) && !job.isAnnounced;
  }
  PI_CHECK(ended == endedJobs_.size());
  PI_CHECK(unannounced == endsToAnnounce_);
  for (JobId id : endedJobs_) PI_CHECK(isOver(jobs_.at(id).state));
  for (const auto& [request, id] : requests_) PI_CHECK(jobs_.at(id).requestId == request);
}

namespace {

// A rate over a very short time may exceed every number of samples.
std::uint64_t wholeRate(double perSecond) {
  return perSecond < static_cast<double>(kSamplesEnd) ? static_cast<std::uint64_t>(perSecond)
                                                      : kSamplesEnd;
}

}  // namespace

JobInfo infoOf(const Job& job, std::size_t workersNow, Instant now) {
  const Progress& progress = job.ledger.progress();
  bool isShown = !isOver(job.state) || job.isAnnounced;
  JobInfo info{.id = job.id,
               .uid = job.uid,
               .spec = job.spec,
               .state = isShown ? job.state : JobState::kRunning,
               .streamVersion = job.streamVersion};
  info.samplesCounted = progress.samples();
  info.chunksCounted = progress.wholeChunks();
  info.hits = progress.hits();
  info.stratumSamples = progress.stratumSamples();
  Instant until = isOver(job.state) ? job.talliedAt : now;
  info.elapsed = std::max(Duration(1), until - job.submittedAt);
  info.workers = job.contributors.count();
  info.threads = job.contributors.threads();
  info.workersNow = workersNow;
  info.duplicatesDropped = job.duplicatesDropped;
  info.samplesPerSecond =
      wholeRate(isOver(job.state) ? static_cast<double>(info.samplesCounted) / seconds(info.elapsed)
                                  : job.rate.perSecond(now));
  if (isShown) info.reason = job.reason;
  return info;
}

JobChanges takeChanges(Job& job, Instant now) {
  JobChanges changes{.record = {.id = job.id,
                                .uid = job.uid,
                                .spec = job.spec,
                                .state = job.state,
                                .streamVersion = job.streamVersion,
                                .reason = job.reason,
                                .requestId = job.requestId,
                                .age = now - job.submittedAt,
                                .elapsed = job.talliedAt - job.submittedAt,
                                .duplicatesDropped = job.duplicatesDropped}};
  Fragments::Changed fragments = job.ledger.takeChanges();
  changes.erased = std::move(fragments.erased);
  changes.put = std::move(fragments.put);
  changes.contributors = job.contributors.takeChanges();
  return changes;
}

}  // namespace pi::scheduler
