#include "scheduler/core/scheduler.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "common/base/check.h"
#include "common/base/match.h"
#include "common/model/epoch.h"
#include "scheduler/core/pace.h"

namespace pi::scheduler {

Scheduler::Scheduler(const Config& config, const Saved& saved, Instant now)
    : config_(config),
      jobs_(config_),
      workers_({.firstCost = config_.firstLeaseCost, .target = config_.lease.target},
               config_.history),
      leaseHistory_(config_.history, jobs_),
      book_(jobs_, workers_, leaseHistory_, leaseIdOf(saved.epoch, 0)),
      commits_(config_.commitPeriod),
      orders_(workers_, metrics_),
      liveness_(config_, workers_, book_, orders_, metrics_),
      lender_(config_, now + config_.reconnectGrace, jobs_, workers_, book_, orders_, metrics_),
      ends_(config_, workers_, book_, orders_),
      jobHandler_(config_, jobs_, workers_, book_, commits_, lender_, orders_, metrics_),
      intake_(config_, jobHandler_, jobs_, workers_, book_, commits_, liveness_, orders_, metrics_),
      workerHandler_(config_, jobs_, workers_, book_, commits_, liveness_, lender_, ends_, intake_,
                     orders_, metrics_) {
  PI_CHECK(config_.recheckSamplesMax / 2 >= config_.block.random);
  PI_CHECK(config_.endedJobsMax > 0);
  PI_CHECK(config_.quarantinedMax > 0);
  jobHandler_.restore(saved, now);
}

Actions Scheduler::handle(const Event& event, Instant now) {
  liveness_.compensateForPause(now);
  std::visit(
      Match{
          [&](const event::WorkerJoined& joined) { workerHandler_.join(joined, now); },
          [&](const event::WorkerLost& lost) { workerHandler_.lose(lost, now); },
          [&](const event::WorkerLeft& left) { workerHandler_.leave(left, now); },
          [&](const event::Exchanged& exchanged) { workerHandler_.exchange(exchanged, now); },
          [&](const event::Reported& reported) { workerHandler_.report(reported, now); },
          [&](const event::LeaseTruncated& truncated) { workerHandler_.truncate(truncated, now); },
          [&](const event::WorkersDismissed&) { workerHandler_.dismissAll(now); },
          [&](const event::Recomputed& recomputed) { intake_.settle(recomputed, now); },
          [&](const event::JobSubmitted& submitted) { jobHandler_.submit(submitted, now); },
          [&](const event::JobExtended& asked) { jobHandler_.extend(asked, now); },
          [&](const event::JobReprioritized& wanted) { jobHandler_.reprioritize(wanted, now); },
          [&](const event::JobCancelled& cancelled) { jobHandler_.cancel(cancelled, now); },
          [&](const event::Committed&) { jobHandler_.noteCommitted(now); },
          [&](const event::CommitFailed& failed) { jobHandler_.noteCommitFailed(failed, now); },
          [&](const event::CommitWanted&) { commits_.hurry(now); },
          [&](const event::Tick&) { liveness_.sweep(now); },
      },
      event);
  ends_.drainDue(now);
  lender_.serveWaiting(now);
  lender_.rebalance(now);
  liveness_.scheduleSweep(now);
  jobHandler_.commit(now);
  Actions actions = orders_.take();
  workerHandler_.noteAnswers(actions);
  return actions;
}

std::optional<Instant> Scheduler::wakeAt() const {
  return earliest({liveness_.sweepAt(), lender_.rebalanceAt(), ends_.dueAt(), commits_.dueAt()});
}

Surroundings Scheduler::surroundings(Instant now) const {
  return {.workersNow = workers_.connected(), .isDiskLate = commits_.isLate(now)};
}

std::optional<JobInfo> Scheduler::job(JobId id, Instant now) const {
  const Job* job = jobs_.find(id);
  if (job == nullptr || !job->isAccepted) return std::nullopt;
  return infoOf(*job, surroundings(now), now);
}

std::vector<JobInfo> Scheduler::jobs(Instant now) const {
  std::vector<JobInfo> infos;
  infos.reserve(jobs_.all().size());
  for (const auto& [id, job] : jobs_.all()) {
    if (job.isAccepted) infos.push_back(infoOf(job, surroundings(now), now));
  }
  return infos;
}

std::map<JobState, std::uint64_t> Scheduler::jobsByState() const {
  std::map<JobState, std::uint64_t> counts;
  for (const auto& [id, job] : jobs_.all()) {
    if (job.isAccepted) ++counts[shownState(job)];
  }
  return counts;
}

std::size_t Scheduler::committedUnfinishedJobs() const {
  auto isUnfinished = [](const auto& entry) {
    const Job& job = entry.second;
    return job.isAccepted && !job.isAnnounced;
  };
  return static_cast<std::size_t>(std::ranges::count_if(jobs_.all(), isUnfinished));
}

JobId Scheduler::lastJob() const {
  const std::map<JobId, Job>& all = jobs_.all();
  auto isAccepted = [](const auto& entry) { return entry.second.isAccepted; };
  auto last = std::find_if(all.rbegin(), all.rend(), isAccepted);
  return last == all.rend() ? JobId{} : last->first;
}

std::vector<JobInfo> Scheduler::jobsBelow(JobId before, std::size_t max, Instant now) const {
  std::vector<JobInfo> infos;
  auto next = std::make_reverse_iterator(jobs_.all().lower_bound(before));
  for (; next != jobs_.all().rend() && infos.size() < max; ++next) {
    if (next->second.isAccepted) infos.push_back(infoOf(next->second, surroundings(now), now));
  }
  return infos;
}

bool Scheduler::hasRoomFor(WorkerId worker) const {
  // Quarantined workers have a limit of their own, and take no places from others.
  return workers_.find(worker) != nullptr ||
         workers_.all().size() < config_.workersMax + workers_.quarantined().size();
}

namespace {

WorkerInfo describe(const Worker& worker, const LeaseBook& book, Instant now) {
  std::optional<Duration> timeLeft;
  if (worker.endsAt) timeLeft = std::max(*worker.endsAt - now, Duration::zero());
  return {.id = worker.id,
          .profile = worker.profile,
          .state = worker.state,
          .samplesContributed = worker.contributed,
          .costContributed = worker.counted,
          .samplesPerSecond = worker.speeds[indexOf(worker.lastKind)].costPerSecond,
          .leases = book.heldBy(worker.id).size(),
          .sinceHeard = now - worker.heardAt,
          .connected = worker.connectedTime(now),
          .timeLeft = timeLeft,
          .reason = worker.reason};
}

}  // namespace

std::optional<WorkerInfo> Scheduler::worker(WorkerId id, Instant now) const {
  const Worker* worker = workers_.find(id);
  if (worker == nullptr) return std::nullopt;
  return describe(*worker, book_, now);
}

std::vector<WorkerInfo> Scheduler::workers(Instant now) const {
  std::vector<WorkerInfo> infos;
  infos.reserve(workers_.all().size());
  for (const auto& [id, worker] : workers_.all()) infos.push_back(describe(worker, book_, now));
  return infos;
}

std::uint64_t Scheduler::committedOf(WorkerId id) const {
  const Worker* worker = workers_.find(id);
  return worker == nullptr ? 0 : worker->committed;
}

WorkerPolicy Scheduler::policyOf(WorkerId id) const {
  const Worker* worker = workers_.find(id);
  return worker == nullptr ? paceFor(config_, workers_.connected()).policy : worker->policy;
}

void Scheduler::checkInvariants() const {
  jobs_.checkInvariants();
  workers_.checkInvariants();
  book_.checkInvariants();
  leaseHistory_.checkInvariants();
  commits_.checkInvariants();
  orders_.checkInvariants();
  liveness_.checkInvariants();
  lender_.checkInvariants();
  ends_.checkInvariants();
  intake_.checkInvariants();
  jobHandler_.checkInvariants();
}

}  // namespace pi::scheduler
