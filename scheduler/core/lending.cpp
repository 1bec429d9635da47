// Who computes what: lending, lending again, taking back.
#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/check.h"
#include "scheduler/core/scheduler.h"

namespace pi::scheduler {
namespace {

// How often it is looked at who could help whom.
constexpr Duration kRebalancePeriod = std::chrono::milliseconds(2);

}  // namespace

void Scheduler::serveWaiting(Instant now) {
  for (WorkerId id : std::deque<WorkerId>(waiting_)) {
    Worker& worker = *roster_.find(id);
    if (worker.state != WorkerState::kActive) continue;
    if (!lendTo(worker, now)) return;  // What one cannot have, nobody behind it can.
    std::erase(waiting_, id);
    worker.isWaiting = false;
  }
}

bool Scheduler::lendTo(Worker& worker, Instant now) {
  if (worker.state != WorkerState::kActive) return false;
  std::vector<Lease> leases;
  // Where leases are much shorter than a round trip, several go at a time.
  std::uint64_t budget = samplesIn(std::max(config_.prefetch, config_.lease.target), worker.speed);
  while (leases.size() < config_.leasesPerExchangeMax &&
         worker.held.size() < config_.leasesPerWorkerMax) {
    std::optional<Lease> lease = lendOne(worker, budget);
    if (!lease && leases.empty()) lease = lendOneAgain(worker);
    if (!lease) break;
    if (worker.held.empty()) worker.progressAt = now;
    worker.held.push_back({.job = lease->job, .lease = lease->id});
    leases.push_back(*lease);
    if (config_.lease.target >= config_.prefetch || lease->range.size() >= budget) break;
    budget -= lease->range.size();
  }
  if (leases.empty()) return false;
  actions_.push_back(action::Lend{.worker = worker.id, .leases = std::move(leases)});
  return true;
}

LeaseSize Scheduler::sizeFor(const Worker& worker, const Job& job,
                             std::uint64_t openSamples) const {
  return {.samples = leaseSamples(config_.lease, worker.speed, roster_.clusterSpeed(), openSamples),
          .chunkSize = job.spec.chunkSize,
          .blockSamples = config_.blockSamples};
}

std::optional<Lease> Scheduler::lendOne(Worker& worker, std::uint64_t samplesMax) {
  for (const JobQueue::Place& place : queue_.inOrder()) {
    Job& job = *findJob(place.job);
    if (job.ledger.openSamples() == 0) continue;
    LeaseSize size = sizeFor(worker, job, job.ledger.openSamples());
    size.samples = std::min(size.samples, samplesMax);
    LeaseId id{++leasesLent_};
    SampleRange range = *job.ledger.lend(id, worker.id, size);
    job.state = JobState::kRunning;
    JobId jobId = place.job;  // Serving moves the job's place.
    queue_.serve(jobId, static_cast<double>(range.size()) / static_cast<double>(worker.speed));
    return Lease{.id = id, .job = jobId, .stream = job.spec.stream, .range = range};
  }
  return std::nullopt;
}

std::optional<Lease> Scheduler::lendOneAgain(Worker& worker) {
  if (roster_.doubtful() == 0) return std::nullopt;
  for (const auto& [id, doubtful] : roster_.all()) {
    if (!doubtful.isDoubtful()) continue;
    for (HeldLease held : doubtful.held) {
      Job& job = *findJob(held.job);
      const Ledger::Lent* lent = job.ledger.find(held.lease);
      LeaseId again{leasesLent_ + 1};
      std::optional<SampleRange> range = job.ledger.lendAgain(
          again, worker.id, sizeFor(worker, job, lent->rest.size()), held.lease);
      if (!range) continue;
      ++leasesLent_;
      return Lease{.id = again, .job = held.job, .stream = job.spec.stream, .range = *range};
    }
  }
  return std::nullopt;
}

// Workers whose next request is far off are asked to break off, so that a new job starts at once:
// as many as are its share, or as it can use.
void Scheduler::preemptFor(const JobSpec& spec, Instant now) {
  if (!waiting_.empty()) return;
  std::size_t peers = 0;
  for (const JobQueue::Place& place : queue_.inOrder()) {
    if (place.priority < spec.priority) break;
    if (place.priority == spec.priority) ++peers;
  }
  std::size_t share = (roster_.connected() + peers - 1) / peers;
  std::uint64_t useful = 0;
  for (auto& [id, worker] : roster_.all()) {
    if (share == 0 || useful >= spec.samples) return;
    if (worker.state != WorkerState::kActive || worker.truncations > 0) continue;
    bool servesHigher = std::any_of(worker.held.begin(), worker.held.end(), [&](HeldLease held) {
      return findJob(held.job)->spec.priority > spec.priority;
    });
    if (servesHigher) continue;
    --share;
    useful += samplesIn(config_.lease.target, worker.speed);
    if (backlogSeconds(worker, now) < seconds(config_.prefetch)) continue;
    for (HeldLease held : worker.held) askToTruncate(worker, held.lease, 0);
  }
}

// True if workers wait while others have work that could be shared out.
bool Scheduler::isStarving() const { return !waiting_.empty() && hasUnfinishedJobs(); }

// Stealing is truncation: a worker that would be busy for longer than a waiting one gives up the
// tail of its last lease, so that both would end together; its answer says from where on.
void Scheduler::rebalance(Instant now) {
  if (!isStarving() || now < rebalanceAt_) return;
  rebalanceAt_ = now + kRebalancePeriod;
  std::vector<std::pair<double, Worker*>> victims;
  for (auto& [id, worker] : roster_.all()) {
    if (worker.state != WorkerState::kActive || worker.held.empty()) continue;
    if (worker.truncations > 0) continue;
    victims.emplace_back(backlogSeconds(worker, now), &worker);
  }
  std::sort(victims.begin(), victims.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  auto victim = victims.begin();
  for (WorkerId id : waiting_) {
    const Worker& thief = *roster_.find(id);
    if (thief.state != WorkerState::kActive) continue;
    if (victim == victims.end()) return;
    Worker& slow = *victim->second;
    double surplus = victim->first - backlogSeconds(thief, now);
    double both = static_cast<double>(slow.speed) + static_cast<double>(thief.speed);
    // Moving s samples ends both together: (victim - s/slow) = (thief + s/thief).
    double gained = surplus * static_cast<double>(slow.speed) / both;  // In the thief's seconds.
    if (&thief == &slow || gained < 2 * seconds(config_.lease.minimum)) return;
    auto moved = static_cast<std::uint64_t>(gained * static_cast<double>(thief.speed));
    HeldLease last = slow.held.back();
    SampleRange rest = findJob(last.job)->ledger.find(last.lease)->rest;
    std::uint64_t end = rest.end - std::min(moved, rest.size());
    askToTruncate(slow, last.lease, end - end % config_.blockSamples);
    ++victim;
  }
}

std::uint64_t Scheduler::restOf(const Worker& worker) const {
  std::uint64_t samples = 0;
  for (HeldLease held : worker.held) {
    samples += jobs_.at(held.job).ledger.find(held.lease)->rest.size();
  }
  return samples;
}

// How long a worker will be busy with what it holds, judged by its speed since its last report.
double Scheduler::backlogSeconds(const Worker& worker, Instant now) const {
  double atReport = static_cast<double>(restOf(worker)) / static_cast<double>(worker.speed);
  return std::max(0.0, atReport - seconds(now - worker.progressAt));
}

}  // namespace pi::scheduler
