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
constexpr Duration kRebalanceRest = std::chrono::milliseconds(20);  // After nobody could.

}  // namespace

void Scheduler::serveWaiting(Instant now) {
  auto nothingToLend = [this] { return queue_.lendable().empty() && roster_.doubtful() == 0; };
  if (waiting_.empty() || nothingToLend()) return;
  for (WorkerId id : std::deque<WorkerId>(waiting_)) {
    Worker& worker = *roster_.find(id);
    if (worker.held.size() >= config_.leasesPerWorkerMax) continue;
    if (!lendTo(worker, now)) return;  // What one cannot have, nobody behind it can.
    setWaiting(worker, false);
    if (nothingToLend()) return;
  }
}

bool Scheduler::lendTo(Worker& worker, Instant now) {
  if (worker.state != WorkerState::kActive) return false;
  std::vector<Lease> leases;
  // Where leases are much shorter than a round trip, several go at a time.
  std::uint64_t budget = samplesIn(std::max(config_.prefetch, config_.lease.target), worker.speed);
  while (leases.size() < config_.leasesPerExchangeMax &&
         worker.held.size() < config_.leasesPerWorkerMax) {
    std::optional<Lease> lease = lendOne(worker, budget, now);
    if (!lease && leases.empty()) lease = lendOneAgain(worker);
    if (!lease) break;
    if (worker.held.empty()) worker.progressAt = now;
    worker.held.push_back({.job = lease->job, .lease = lease->id, .lentAt = now});
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

std::optional<Lease> Scheduler::lendOne(Worker& worker, std::uint64_t samplesMax, Instant now) {
  if (queue_.lendable().empty()) return std::nullopt;
  JobId id = queue_.lendable().begin()->job;
  Job& job = *findJob(id);
  LeaseSize size = sizeFor(worker, job, job.ledger.openSamples());
  size.samples = std::min(size.samples, samplesMax);
  LeaseId lease{++lastLease_};
  bool sparesFronts = job.isRestored && now < restartGraceEndsAt_;
  SampleRange range = *job.ledger.lend(
      lease, worker.id, size, sparesFronts ? Ledger::Fronts::kSpared : Ledger::Fronts::kLent);
  job.state = JobState::kRunning;
  queue_.charge(id, static_cast<double>(range.size()) / static_cast<double>(worker.speed));
  queue_.setLendable(id, job.ledger.openSamples() > 0);
  return Lease{.id = lease, .job = id, .stream = job.spec.stream, .range = range};
}

std::optional<Lease> Scheduler::lendOneAgain(Worker& worker) {
  if (roster_.doubtful() == 0) return std::nullopt;
  if (areDoubtsStale_) findDoubtfulLeases();
  while (!doubtfulLeases_.empty()) {
    HeldLease held = doubtfulLeases_.back();
    Job* job = findJob(held.job);
    const Ledger::Lent* lent = job == nullptr ? nullptr : job->ledger.find(held.lease);
    // Its holder may be back.
    bool isInDoubt = lent != nullptr && roster_.find(lent->worker)->isDoubtful();
    if (isInDoubt) {
      LeaseId again{lastLease_ + 1};
      LeaseSize size = sizeFor(worker, *job, lent->rest.size());
      if (auto range = job->ledger.lendAgain(again, worker.id, size, held.lease)) {
        ++lastLease_;
        return Lease{.id = again, .job = held.job, .stream = job->spec.stream, .range = *range};
      }
    }
    doubtfulLeases_.pop_back();
  }
  return std::nullopt;
}

void Scheduler::findDoubtfulLeases() {
  areDoubtsStale_ = false;
  doubtfulLeases_.clear();
  for (const auto& [id, worker] : roster_.all()) {
    if (!worker.isDoubtful()) continue;
    doubtfulLeases_.insert(doubtfulLeases_.end(), worker.held.begin(), worker.held.end());
  }
  std::stable_sort(doubtfulLeases_.begin(), doubtfulLeases_.end(),
                   [this](HeldLease a, HeldLease b) {
                     return findJob(a.job)->spec.priority < findJob(b.job)->spec.priority;
                   });
}

// Workers whose next request is far off are asked to break off, so that a new job starts at once:
// as many as are its share, or as it can use.
void Scheduler::preemptFor(const JobSpec& spec, Instant now) {
  if (!waiting_.empty()) return;
  std::size_t peers = queue_.peers(spec.priority);
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
    // Last lease first, so that every tail adjoins what is open behind it.
    for (auto held = worker.held.rbegin(); held != worker.held.rend(); ++held) {
      askToTruncate(worker, held->lease, 0);
    }
  }
}

// True if workers wait while others have work that could be shared out.
bool Scheduler::isStarving() const { return !waiting_.empty() && queue_.size() > 0; }

// Stealing is truncation: a worker that would be busy for longer than a waiting one gives up the
// tail of what it holds, so that both would end together; its answers say from where on.
void Scheduler::rebalance(Instant now) {
  if (!isStarving() || now < rebalanceAt_) return;
  std::vector<std::pair<double, Worker*>> victims;  // The busiest last.
  for (auto& [id, worker] : roster_.all()) {
    if (worker.state != WorkerState::kActive || worker.held.empty()) continue;
    if (worker.truncations == 0) victims.emplace_back(backlogSeconds(worker, now), &worker);
  }
  std::sort(victims.begin(), victims.end());
  bool hasAsked = false;
  for (WorkerId id : waiting_) {
    if (victims.empty()) break;
    const Worker& thief = *roster_.find(id);
    auto victim = victims.end() - 1;
    if (victim->second == &thief) {
      if (victim == victims.begin()) continue;
      --victim;
    }
    Worker& slow = *victim->second;
    double surplus = victim->first - backlogSeconds(thief, now);
    double both = static_cast<double>(slow.speed) + static_cast<double>(thief.speed);
    // Moving s samples ends both together: victim - s / slow.speed = thief + s / thief.speed.
    double gained = surplus * static_cast<double>(slow.speed) / both;  // In the thief's seconds.
    if (gained < 2 * seconds(config_.lease.minimum)) continue;
    hasAsked |=
        moveTail(slow, static_cast<std::uint64_t>(gained * static_cast<double>(thief.speed)));
    victims.erase(victim);
  }
  rebalanceAt_ = now + (hasAsked ? kRebalancePeriod : kRebalanceRest);
}

// Somebody new waits, who may be helped where the others could not.
void Scheduler::rebalanceSoon(Instant now) {
  rebalanceAt_ = std::min(rebalanceAt_, now + kRebalancePeriod);
}

// Asks for so many samples from the end of what a worker holds; false if that is too little.
bool Scheduler::moveTail(Worker& from, std::uint64_t samples) {
  for (auto held = from.held.rbegin(); held != from.held.rend() && samples > 0; ++held) {
    SampleRange rest = findJob(held->job)->ledger.find(held->lease)->rest;
    std::uint64_t moved = std::min(samples, rest.size());
    std::uint64_t end = rest.end - moved;
    if (end > rest.begin) {
      std::uint64_t intoBlock = end % config_.blockSamples;
      if (intoBlock > 0) end += config_.blockSamples - intoBlock;
      if (end >= rest.end) break;
    }
    askToTruncate(from, held->lease, end);
    samples -= moved;
  }
  return from.truncations > 0;
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
