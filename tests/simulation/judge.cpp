#include "tests/simulation/judge.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tests/simulation/efficiency.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/targets.h"
#include "tests/simulation/worker_process.h"

namespace pi::simulation {

void Judge::fail(std::string_view violation) {
  if (wrong_.empty()) wrong_ = violation;
}

void Judge::noteExtended(JobId job, std::uint64_t samples) {
  auto accepted = accepted_.find(job);
  if (accepted == accepted_.end()) return fail("a job is extended that was not accepted");
  // The answer is repeated, or in a restored copy the job is larger already.
  if (accepted->second.targetError <= 0 && accepted->second.samples >= samples) return;
  accepted->second.samples = samples;
  accepted->second.targetError = 0;
  if (ended_.erase(job) == 0) fail("a job is extended that had not ended");
}

void Judge::noteEnd(const JobInfo& ended) {
  ended_.emplace(ended.id, ended);
  checkResult(ended);
}

void Judge::forgetPromises(const std::vector<JobInfo>& jobs) {
  for (const JobInfo& job : jobs) costLost_ += costCountedOf(job, block_);
  accepted_.clear();
  extending_.clear();
  ended_.clear();
  leftBehind_.clear();
}

void Judge::checkRestart(const scheduler::Scheduler& core, Instant now) {
  ++schedulers_;
  for (const auto& [id, samples] : extending_) {
    std::optional<JobInfo> job = core.job(id, now);
    if (job && job->spec.samples == samples) noteExtended(id, samples);
  }
  for (const auto& [id, spec] : accepted_) {
    std::optional<JobInfo> job = core.job(id, now);
    if (!job && mayBeForgotten(id, core, now)) continue;
    if (job) job->spec.samples = spec.samples;    // It may need less, so far.
    if (job) job->spec.priority = spec.priority;  // It may have been changed.
    if (!job || !(job->spec == spec)) fail("a job that was accepted is lost");
  }
  for (const auto& [id, before] : ended_) {
    std::optional<JobInfo> job = core.job(id, now);
    if (!job && mayBeForgotten(id, core, now)) continue;
    if (job) job->workersNow = before.workersNow;
    if (job != before) fail("a job's end is not the one that was announced");
  }
  for (const JobInfo& before : std::exchange(leftBehind_, {})) {
    std::optional<JobInfo> job = core.job(before.id, now);
    bool isWhole = job && job->samplesCounted == before.samplesCounted &&
                   job->hits == before.hits && job->spec.priority == before.spec.priority &&
                   isOver(job->state) == isOver(before.state);
    if (!isWhole) fail("an orderly stop lost something");
  }
  // The ends that a restored copy of the state brings were announced to no one that is known.
  for (const JobInfo& job : core.jobs(now)) {
    if (isOver(job.state)) ended_.emplace(job.id, job);
  }
}

// A job that is over, if there are as many others that are over as are kept.
bool Judge::mayBeForgotten(JobId job, const scheduler::Scheduler& core, Instant now) const {
  // An extended job had ended before.
  auto isEnded = [](const JobInfo& other) {
    return isOver(other.state) || !other.extendedFrom.empty();
  };
  auto others = std::ranges::count_if(core.jobs(now), isEnded);
  return ended_.contains(job) && static_cast<std::size_t>(others) >= endedJobsKept_;
}

void Judge::checkSecondJob(JobId first, const scheduler::Scheduler& core, Instant now) {
  bool isForgotten = ended_.contains(first) && !core.job(first, now);
  if (!isForgotten) fail("one request became two jobs");
}

void Judge::checkQuarantine(const scheduler::action::Quarantine& quarantine,
                            const std::vector<std::unique_ptr<WorkerProcess>>& workers) {
  bool isSaidToLie = quarantine.cause == scheduler::QuarantineCause::kViolations;
  for (const auto& worker : workers) {
    if (worker->id() != quarantine.worker || worker->isLiar()) continue;
    if (!isSaidToLie && worker->isHandicapped()) continue;
    fail("an honest worker is in quarantine: " + quarantine.reason);
  }
}

void Judge::checkSeats(const scheduler::Scheduler& core, const Tickets& tickets, Instant now) {
  for (const JobInfo& job : core.jobs(now)) {
    if (job.spec.threadsMax == 0) continue;
    std::map<WorkerId, std::uint32_t> seats;
    constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
    for (const LeaseRecord& record : core.history().runningOf(job.id, LeaseId{}, kAll)) {
      auto lent = tickets.find({record.worker, record.lease});
      if (lent == tickets.end() || lent->second.threads == 0) {
        return fail("a lease of a job with limited threads has no limit");
      }
      std::uint32_t& threads = seats[record.worker];
      threads = std::max(threads, lent->second.threads);
    }
    std::uint64_t all = 0;
    for (const auto& [worker, threads] : seats) all += threads;
    if (all > job.spec.threadsMax) fail("a job has more threads than its user allows");
  }
}

void Judge::checkDoubt(JobId job, WorkerId worker) {
  auto cheats = false_.find(job);
  if (cheats == false_.end() || !cheats->second.contains(worker)) {
    fail("a true tally of an honest worker was doubted");
  }
}

// The hits that each cheat can hide from one scheduler.  The sum of its tallies that were believed
// has n * KL <= surpriseMax; KL(p || q) >= 2 (p - q)^2 (Pinsker), so its hits are within
// sqrt(n * surpriseMax / 2) of n * pi/4.  The oracle's hits are, too, within one hit.
std::uint64_t Judge::hiddenHitsMax(const JobInfo& job) const {
  auto cheats = false_.find(job.id);
  if (cheats == false_.end()) return 0;
  double most = std::sqrt(static_cast<double>(job.spec.samples) * surpriseMax_ / 2);
  std::uint64_t each = static_cast<std::uint64_t>(most) + 1 + kOutlier.size();
  return each * cheats->second.size() * schedulers_;
}

void Judge::checkLeaseEnd(const Lease& lease, const JobInfo& job) {
  Block block = blockOf(job.spec, block_);
  if (!block.isNet() || lease.range.end == job.spec.samples) return;
  if (lease.range.end % block.samples != 0) fail("a lease ends within a block of nets");
}

void Judge::checkPrefix(const JobInfo& job, std::uint64_t samples, const Hits& hits) {
  if (hiddenHitsMax(job) > 0) return;
  if (hits != oracleHits(job.spec.stream, {.begin = 0, .end = samples})) {
    fail("the hits of a prefix are wrong");
  }
}

void Judge::checkResult(const JobInfo& job) {
  if (job.state != JobState::kFinished) return;
  SampleRange all{.begin = 0, .end = job.spec.samples};
  if (job.samplesCounted != job.spec.samples) fail("not every sample was counted");
  Hits right = oracleHits(job.spec.stream, all);
  std::uint64_t most = std::max(job.hits.total(), right.total());
  std::uint64_t error = most - std::min(job.hits.total(), right.total());
  std::uint64_t hidden = hiddenHitsMax(job);
  if (error > hidden || (hidden == 0 && job.hits != right)) fail("the hits are wrong");
  if (job.chunksCounted != job.spec.chunks()) fail("not every chunk was counted");
  auto accepted = accepted_.find(job.id);
  if (hidden == 0 && accepted != accepted_.end() &&
      job.spec.samples != finalSamples(accepted->second)) {
    fail("a job ended at another number of samples than without faults");
  }
}

}  // namespace pi::simulation
