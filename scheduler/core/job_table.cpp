#include "scheduler/core/job_table.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {
namespace {

std::optional<Instant> later(Instant from, std::optional<Duration> duration) {
  return duration ? std::optional(from + *duration) : std::nullopt;
}

std::optional<Duration> between(Instant from, std::optional<Instant> until) {
  return until ? std::optional(*until - from) : std::nullopt;
}

// The time of the job until then, without that between ends and extensions.
Duration workingTime(const Job& job, Instant until) {
  return std::max(Duration{}, until - job.submittedAt - job.idle);
}

void apply(const PendingExtension& extension, const Job& job, JobRecord& record) {
  record.extensions.push_back({.from = job.ledger.samples(), .requestId = extension.requestId});
  record.spec.samples = extension.samples;
  record.spec.targetError = 0;  // The user now wants a number of samples.
  record.state = JobState::kQueued;
  record.reason.clear();
  record.idle += extension.askedAt - job.talliedAt;
  record.elapsed = extension.askedAt - job.submittedAt;
  record.ageAtEnd.reset();
}

// The job as it is to be saved.
JobRecord recordOf(const Job& job, Instant now) {
  JobRecord record{.id = job.id,
                   .uid = job.uid,
                   .spec = job.spec,
                   .state = job.state,
                   .streamVersion = job.streamVersion,
                   .reason = job.reason,
                   .requestId = job.requestId,
                   .extensions = job.extensions,
                   .duplicatesDropped = job.duplicatesDropped,
                   .submittedOn = job.submittedOn,
                   .age = now - job.submittedAt,
                   .waiting = between(job.submittedAt, job.startedAt),
                   .elapsed = job.talliedAt - job.submittedAt,
                   .idle = job.idle,
                   .ageAtEnd = between(job.submittedAt, job.endedAt)};
  if (job.pending) apply(*job.pending, job, record);
  return record;
}

}  // namespace

Job& JobTable::add(const Submission& submission, Instant now) {
  lastId_ = JobId{number(lastId_) + 1};
  const JobSpec& spec = submission.spec;
  std::uint64_t samples = samplesAtFirst(config_.goal, spec);
  auto [place, isNew] =
      jobs_.emplace(lastId_, Job{.id = lastId_,
                                 .uid = submission.uid,
                                 .spec = spec,
                                 .work = JobWork(spec, config_.block),
                                 .requestId = submission.requestId,
                                 .ledger = Ledger(spec, samples, config_.fragmentsMax),
                                 .seats = Seats(spec.threadsMax),
                                 .submittedOn = submission.on,
                                 .submittedAt = now,
                                 .talliedAt = now,
                                 .rate = RateMeter(now),
                                 .history = JobHistory(spec.stream.sampler, config_.history)});
  PI_CHECK(isNew);
  const std::string& requestId = submission.requestId;
  if (!requestId.empty()) PI_CHECK(requests_.emplace(requestId, lastId_).second);
  return place->second;
}

Job& JobTable::restore(const SavedJob& saved, Instant now) {
  const JobRecord& record = saved.record;
  Instant submittedAt = now - record.age;
  std::uint64_t samples = samplesAtFirst(config_.goal, record.spec);
  Job job{.id = record.id,
          .uid = record.uid,
          .spec = record.spec,
          .work = JobWork(record.spec, config_.block),
          .state = record.state,
          .streamVersion = record.streamVersion,
          .reason = record.reason,
          .requestId = record.requestId,
          .isAccepted = true,
          .isAnnounced = isOver(record.state),
          .isRestored = true,
          .extensions = record.extensions,
          .ledger = Ledger(record.spec, samples, config_.fragmentsMax),
          .seats = Seats(record.spec.threadsMax),
          .submittedOn = record.submittedOn,
          .submittedAt = submittedAt,
          .startedAt = later(submittedAt, record.waiting),
          .talliedAt = submittedAt + record.elapsed,
          .idle = record.idle,
          .endedAt = later(submittedAt, record.ageAtEnd),
          .rate = RateMeter(now),
          .duplicatesDropped = record.duplicatesDropped,
          .history = JobHistory(record.spec.stream.sampler, config_.history)};
  // A job whose goal grew has fragments beyond the samples that it needed at first.
  if (!saved.fragments.empty()) job.ledger.extend(saved.fragments.back().tally.range.end);
  for (const Fragment& fragment : saved.fragments) job.ledger.restore(fragment);
  for (const Contributor& contributor : saved.contributors) job.contributors.restore(contributor);
  GoalStep step = config_.goal(job.spec, job.ledger.progress());
  PI_CHECK(step.isReached == (record.state == JobState::kFinished));
  job.ledger.extend(step.samples);
  const Progress& progress = job.ledger.progress();
  job.history.restored = {.samples = progress.stratumSamples(), .hits = progress.hits()};
  job.history.convergence.restore(saved.points, job.ledger, workingTime(job, job.talliedAt));
  if (!record.requestId.empty()) requests_.emplace(record.requestId, record.id);
  PI_CHECK(isOver(record.state) == job.endedAt.has_value());
  auto [place, isNew] = jobs_.emplace(record.id, std::move(job));
  PI_CHECK(isNew);
  const Job& restored = place->second;
  if (restored.endedAt) ended_.add(restored.id, *restored.endedAt, restored.spec.submitter);
  seriesBudget_.spend(restored.history.numbers(), jobs_);
  return place->second;
}

void JobTable::noteCounted(Job& job, std::uint64_t samples, Instant now) {
  job.talliedAt = now;
  job.rate.add(samples, now);
  Duration elapsed = workingTime(job, now);
  std::size_t before = job.history.numbers();
  job.history.convergence.note(job.ledger, elapsed);
  job.history.throughput.add(samples, elapsed);
  std::size_t after = job.history.numbers();
  if (after > before) seriesBudget_.spend(after - before, jobs_);
}

void JobTable::end(Job& job, JobState state, std::string reason, Instant now) {
  PI_CHECK(!isOver(job.state));
  PI_CHECK(isOver(state));
  // A job of which nothing was counted took the time that it waited.
  if (job.ledger.progress().samples() == 0) job.talliedAt = now;
  job.state = state;
  job.reason = std::move(reason);
  job.endedAt = now;
  ++endsToAnnounce_;
  std::size_t before = job.history.numbers();
  job.history.convergence.close(job.ledger, workingTime(job, job.talliedAt));
  std::size_t after = job.history.numbers();
  if (after > before) seriesBudget_.spend(after - before, jobs_);
}

void JobTable::announce(Job& job) {
  PI_CHECK(isOver(job.state));
  PI_CHECK(!job.isAnnounced);
  job.isAnnounced = true;
  --endsToAnnounce_;
  ended_.add(job.id, *job.endedAt, job.spec.submitter);
}

void JobTable::reopen(Job& job, Instant now) {
  PI_CHECK(job.state == JobState::kFinished);
  PI_CHECK(job.isAnnounced);
  ended_.remove(job.id, *job.endedAt, job.spec.submitter);
  JobRecord extended = recordOf(job, now);
  job.pending.reset();
  job.extensions = std::move(extended.extensions);
  job.spec = std::move(extended.spec);
  job.work = JobWork(job.spec, config_.block);
  job.state = extended.state;
  job.reason = std::move(extended.reason);
  job.idle = extended.idle;
  job.talliedAt = job.submittedAt + extended.elapsed;
  job.endedAt.reset();
  job.isAnnounced = false;
  job.isRestored = false;  // No worker has a lease of it.
  job.rate = RateMeter(now);
}

void JobTable::withdraw(JobId id) {
  auto job = jobs_.find(id);
  PI_CHECK(job != jobs_.end());
  PI_CHECK(!job->second.isAnnounced);
  if (isOver(job->second.state)) --endsToAnnounce_;
  remove(job);
}

std::vector<JobId> JobTable::forgetOld(Instant now) {
  constexpr std::size_t kOldMax = 100;  // In one call, which answers an event.
  std::vector<JobId> forgotten;
  auto forget = [&](JobId id) {
    auto job = jobs_.find(id);
    ended_.remove(id, *job->second.endedAt, job->second.spec.submitter);
    remove(job);
    forgotten.push_back(id);
  };
  auto isOld = [&](JobId id) { return now - *get(id).endedAt >= config_.endedJobsKeptFor; };
  while (ended_.size() > config_.endedJobsMax) forget(ended_.oldestOfMost());
  while (ended_.size() > config_.endedJobsKept && forgotten.size() < kOldMax &&
         isOld(ended_.oldest())) {
    forget(ended_.oldest());
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

const Job& JobTable::get(JobId job) const {
  const Job* found = find(job);
  PI_CHECK(found != nullptr);
  return *found;
}

Job* JobTable::ofRequest(const std::string& requestId) {
  auto known = requests_.find(requestId);
  return known == requests_.end() ? nullptr : &get(known->second);
}

void JobTable::checkInvariants() const {
  std::size_t ended = 0, unannounced = 0;
  for (const auto& [id, job] : jobs_) {
    PI_CHECK(job.id == id);
    PI_CHECK(number(id) <= number(lastId_));
    job.contributors.checkInvariants();
    const Progress& counted = job.ledger.progress();
    job.hitSums.checkInvariants({.samples = counted.samples(), .hits = counted.hits().total()});
    job.rate.checkInvariants();
    bool isReached = config_.goal(job.spec, counted).isReached;
    PI_CHECK((job.state == JobState::kFinished) == isReached);
    PI_CHECK(isOver(job.state) || !job.isAnnounced);
    PI_CHECK(!job.pending || (job.state == JobState::kFinished && job.isAnnounced));
    PI_CHECK(isOver(job.state) == job.endedAt.has_value());
    PI_CHECK(!job.startedAt || *job.startedAt >= job.submittedAt);
    ended += isOver(job.state);
    unannounced += isOver(job.state) && !job.isAnnounced;
  }
  PI_CHECK(ended == ended_.size() + endsToAnnounce_);
  PI_CHECK(unannounced == endsToAnnounce_);
  ended_.checkInvariants();
  seriesBudget_.checkInvariants(jobs_);
  for (const auto& [request, id] : requests_) PI_CHECK(get(id).requestId == request);
}

namespace {

// A rate over a very short time may exceed every number of samples.
std::uint64_t wholeRate(double perSecond) {
  return perSecond < static_cast<double>(kSamplesEnd) ? static_cast<std::uint64_t>(perSecond)
                                                      : kSamplesEnd;
}

}  // namespace

void start(Job& job, Instant now) {
  job.state = JobState::kRunning;
  if (!job.startedAt) job.startedAt = now;
}

JobState shownState(const Job& job) {
  if (!isOver(job.state) || job.isAnnounced) return job.state;
  return job.startedAt ? JobState::kRunning : JobState::kQueued;
}

JobInfo infoOf(const Job& job, const Surroundings& around, Instant now) {
  const Progress& progress = job.ledger.progress();
  bool isShown = !isOver(job.state) || job.isAnnounced;
  JobInfo info{.id = job.id,
               .uid = job.uid,
               .spec = job.spec,
               .state = shownState(job),
               .streamVersion = job.streamVersion};
  info.spec.samples = job.ledger.samples();
  info.samplesCounted = progress.samples();
  info.chunksCounted = progress.wholeChunks();
  info.hits = progress.hits();
  info.stratumSamples = progress.stratumSamples();
  for (const Extension& extension : job.extensions) info.extendedFrom.push_back(extension.from);
  info.submittedOn = job.submittedOn;
  Instant end = job.endedAt.value_or(now);
  info.waiting = job.startedAt.value_or(end) - job.submittedAt;
  info.hasStarted = job.startedAt.has_value();
  Instant until = isOver(job.state) ? job.talliedAt : now;
  info.elapsed = std::max(Duration(1), workingTime(job, until));
  info.age = end - job.submittedAt;
  info.workers = job.contributors.counting();
  info.threads = job.contributors.threads();
  info.workersNow = around.workersNow;
  info.duplicatesDropped = job.duplicatesDropped;
  info.samplesPerSecond =
      wholeRate(isOver(job.state) ? static_cast<double>(info.samplesCounted) / seconds(info.elapsed)
                                  : job.rate.perSecond(now));
  if (isShown) info.reason = job.reason;
  info.waitsForDisk = !isShown && around.isDiskLate;
  return info;
}

JobChanges takeChanges(Job& job, Instant now) {
  JobChanges changes{.record = recordOf(job, now)};
  Fragments::Changed fragments = job.ledger.takeChanges();
  changes.erased = std::move(fragments.erased);
  changes.put = std::move(fragments.put);
  changes.contributors = job.contributors.takeChanges();
  changes.points = job.history.convergence.takeChanges();
  return changes;
}

}  // namespace pi::scheduler
