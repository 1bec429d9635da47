// What the scheduler shows of itself, and what it believes of itself.
#include <algorithm>

#include "common/base/check.h"
#include "scheduler/core/scheduler.h"

namespace pi::scheduler {
namespace {

std::array<std::uint64_t, kStrataMax> stratumSamples(const Fragments& counted, Sampler sampler) {
  std::array<std::uint64_t, kStrataMax> samples{};
  std::size_t strata = strataCount(sampler);
  if (strata == 1) {
    samples[0] = counted.samples();
    return samples;
  }
  for (const Fragment& fragment : counted.all()) {
    for (std::size_t i = 0; i < strata; ++i) {
      samples[i] += stratumSize(fragment.tally.range, i, strata);
    }
  }
  return samples;
}

// Over a time that is next to nothing a rate may be larger than any number of samples.
std::uint64_t wholeRate(double perSecond) {
  return perSecond < static_cast<double>(kSamplesEnd) ? static_cast<std::uint64_t>(perSecond)
                                                      : kSamplesEnd;
}

}  // namespace

std::optional<JobInfo> Scheduler::job(JobId id, Instant now) const {
  auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.isAccepted) return std::nullopt;
  const Job& job = found->second;
  const Fragments& counted = job.ledger.counted();
  // An end that is not committed may not come true.
  bool isSafe = !isOver(job.state) || job.isAnnounced;
  JobInfo info{.id = id, .spec = job.spec, .state = isSafe ? job.state : JobState::kRunning};
  info.samplesCounted = counted.samples();
  info.chunksCounted = counted.wholeChunks(job.spec.chunkSize, job.spec.samples);
  info.hits = counted.hits();
  info.stratumSamples = stratumSamples(counted, job.spec.stream.sampler);
  Instant until = isOver(job.state) ? job.talliedAt : now;
  info.elapsed = std::max(Duration(1), until - job.submittedAt);
  info.workers = job.contributors.size();
  for (const auto& [worker, threads] : job.contributors) info.threads += threads;
  info.workersNow = roster_.connected();
  info.duplicatesDropped = job.duplicatesDropped;
  info.samplesPerSecond =
      wholeRate(isOver(job.state) ? static_cast<double>(info.samplesCounted) / seconds(info.elapsed)
                                  : job.rate.perSecond(now));
  if (isSafe) info.reason = job.reason;
  return info;
}

std::vector<JobInfo> Scheduler::jobs(Instant now) const {
  std::vector<JobInfo> infos;
  infos.reserve(jobs_.size());
  for (const auto& [id, kept] : jobs_) {
    if (kept.isAccepted) infos.push_back(*job(id, now));
  }
  return infos;
}

JobId Scheduler::lastJob() const {
  auto last = std::find_if(jobs_.rbegin(), jobs_.rend(),
                           [](const auto& entry) { return entry.second.isAccepted; });
  return last == jobs_.rend() ? JobId{} : last->first;
}

// Workers in quarantine, which have a limit of their own, take nobody's place.
bool Scheduler::hasRoomFor(WorkerId worker) const {
  return roster_.all().contains(worker) ||
         roster_.all().size() < config_.workersMax + quarantined_.size();
}

std::vector<WorkerInfo> Scheduler::workers(Instant now) const {
  std::vector<WorkerInfo> infos;
  infos.reserve(roster_.all().size());
  for (const auto& [id, worker] : roster_.all()) {
    infos.push_back({.id = id,
                     .profile = worker.profile,
                     .state = worker.state,
                     .samplesContributed = worker.contributed,
                     .samplesPerSecond = worker.speed,
                     .leases = worker.held.size(),
                     .sinceHeard = now - worker.heardAt,
                     .reason = worker.reason});
  }
  return infos;
}

std::uint64_t Scheduler::committedOf(WorkerId worker) const {
  auto found = roster_.all().find(worker);
  return found == roster_.all().end() ? 0 : found->second.committed;
}

void Scheduler::checkInvariants() const {
  roster_.checkInvariants();
  std::size_t leases = 0, held = 0, unfinished = 0, lendable = 0, unannounced = 0;
  for (const auto& [id, job] : jobs_) {
    job.ledger.checkInvariants();
    leases += job.ledger.leases().size();
    unfinished += !isOver(job.state);
    PI_CHECK((job.state == JobState::kFinished) == job.ledger.isComplete());
    if (isOver(job.state)) PI_CHECK(job.ledger.leases().empty());
    PI_CHECK(isOver(job.state) || !job.isAnnounced);
    unannounced += isOver(job.state) && !job.isAnnounced;
    bool isLendable = !isOver(job.state) && job.ledger.openSamples() > 0;
    lendable += isLendable;
  }
  PI_CHECK(unfinished == queue_.size());
  PI_CHECK(unannounced == endsToAnnounce_);
  PI_CHECK(endedJobs_.size() + unfinished == jobs_.size());
  for (JobId id : endedJobs_) PI_CHECK(isOver(jobs_.at(id).state));
  for (const auto& [request, id] : requests_) PI_CHECK(jobs_.at(id).requestId == request);
  PI_CHECK(unannounced == 0 || !journal_.isClean());
  PI_CHECK(lendable == queue_.lendable().size());
  // Every lease is in exactly one worker's hands.
  for (const auto& [id, worker] : roster_.all()) {
    PI_CHECK(worker.committed <= worker.heard);
    if (worker.state == WorkerState::kQuarantined) PI_CHECK(worker.held.empty());
    held += worker.held.size();
    for (HeldLease lease : worker.held) {
      const Ledger::Lent* lent = jobs_.at(lease.job).ledger.find(lease.lease);
      PI_CHECK(lent != nullptr && lent->worker == id);
      // Of two leases on a sample only one is in doubt.
      if (!worker.isDoubtful()) continue;
      for (Ledger::LeaseHolder rival : jobs_.at(lease.job).ledger.rivals(lease.lease)) {
        PI_CHECK(!roster_.all().at(rival.worker).isDoubtful());
      }
    }
  }
  PI_CHECK(held == leases);
  std::size_t waiting = 0;
  for (const auto& [id, worker] : roster_.all()) {
    waiting += worker.isWaiting && worker.state == WorkerState::kActive;
  }
  PI_CHECK(waiting == waiting_.size());
  for (const JobQueue::Place& place : queue_.lendable()) {
    PI_CHECK(jobs_.at(place.job).ledger.openSamples() > 0);
  }
}

}  // namespace pi::scheduler
