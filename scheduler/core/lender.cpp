#include "scheduler/core/lender.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "scheduler/core/overdue.h"
#include "scheduler/core/worker_ends.h"

namespace pi::scheduler {
namespace {

// How long to wait before looking again whose work could be shared out.
constexpr Duration kRebalancePeriod = std::chrono::milliseconds(2);
constexpr Duration kRebalanceRest = std::chrono::milliseconds(20);  // After nothing was moved.
// The same for each worker: all of them are looked at, which takes a part of this time.
constexpr Duration kRebalancePeriodEach = std::chrono::microseconds(5);
constexpr Duration kRebalanceRestEach = std::chrono::microseconds(20);

Duration rebalancePeriod(const WorkerTable& workers) {
  auto count = static_cast<Duration::rep>(workers.all().size());
  return std::max(kRebalancePeriod, kRebalancePeriodEach * count);
}

Duration rebalanceRest(const WorkerTable& workers) {
  auto count = static_cast<Duration::rep>(workers.all().size());
  return std::max(kRebalanceRest, kRebalanceRestEach * count);
}

// How long the worker takes for the samples, rounded to nanoseconds; at most an hour.
Duration timeFor(const Worker& worker, const JobWork& work, SampleRange range) {
  constexpr double kLongest = 3600;
  double time =
      static_cast<double>(work.costOf(range)) / static_cast<double>(worker.speed(work.kind()));
  return Duration(std::llround(std::min(time, kLongest) * 1e9));
}

// A block for each of the worker's threads, in samples.
std::uint64_t threadBlocks(const Worker& worker, const Block& block) {
  std::uint64_t threads = std::max<std::uint64_t>(worker.profile.threads, 1);
  return std::min(threads, kSamplesEnd / block.samples) * block.samples;
}

}  // namespace

Lender::Lender(const Config& config, Instant sparedUntil, JobTable& jobs, WorkerTable& workers,
               LeaseBook& book, Orders& orders, Metrics& metrics)
    : config_(config),
      sparedUntil_(sparedUntil),
      jobs_(jobs),
      workers_(workers),
      book_(book),
      orders_(orders),
      metrics_(metrics) {}

void Lender::serveWaiting(Instant now) {
  auto isNothingToLend = [this] {
    return book_.queue().lendable().empty() && !book_.advanceToSuspect();
  };
  if (workers_.waiting().empty() || isNothingToLend()) return;
  for (WorkerId id : std::deque<WorkerId>(workers_.waiting())) {
    Worker& worker = workers_.get(id);
    if (book_.heldBy(id).size() >= config_.leasesPerWorkerMax) continue;
    if (!lendTo(worker, now)) {
      if (worker.endsAt) continue;  // It ends too soon for what is there.
      return;                       // The workers behind it cannot be lent anything, either.
    }
    workers_.setWaiting(worker, false);
    if (isNothingToLend()) return;
  }
}

bool Lender::lendTo(Worker& worker, Instant now) {
  if (worker.state != WorkerState::kActive) return false;
  std::vector<Lease> leases;
  // Where leases are shorter than a round trip, several are lent at a time.
  Duration timeLeft = std::max(pace().policy.prefetch, policyFor(worker).target);
  Duration enough = config_.lease.target >= config_.prefetch ? worker.roundTrip : timeLeft;
  while (leases.size() < config_.leasesPerExchangeMax &&
         book_.heldBy(worker.id).size() < config_.leasesPerWorkerMax) {
    bool hadNothing = book_.heldBy(worker.id).empty();
    std::optional<Lease> lease = lendOpen(worker, timeLeft, now);
    if (!lease && leases.empty()) lease = lendSuspect(worker, now);
    if (!lease) break;
    if (hadNothing) Liveness::restartProgress(worker, now);
    leases.push_back(*lease);
    Duration took = timeFor(worker, jobs_.get(lease->job).work, lease->range);
    if (took >= enough) break;
    enough -= took;
    timeLeft -= took;
  }
  if (leases.empty()) return false;
  orders_.add(action::Lend{.worker = worker.id, .leases = std::move(leases)});
  return true;
}

LeasePolicy Lender::policyFor(const Worker& worker) const {
  return forRoundTrip(pace().lease(), worker.roundTrip);
}

Pace Lender::pace() const { return paceFor(config_, workers_.connected()); }

// How many samples of the job the worker can finish before it ends, after all that it holds.
std::uint64_t Lender::finishable(const Worker& worker, const Job& job, Instant now) const {
  if (!worker.endsAt) return kSamplesEnd;
  double busy = loadOf(worker, now).backlogSeconds;
  constexpr double kLongest = 3600;
  Instant begin = now + Duration(std::llround(std::min(busy, kLongest) * 1e9));
  return finishableSamples(worker, job.work, config_, begin);
}

LeaseSize Lender::sizeFor(const Worker& worker, const Job& job, std::uint64_t openSamples,
                          Duration timeLeft) const {
  const JobWork& work = job.work;
  std::uint64_t speed = worker.speed(work.kind()), all = workers_.clusterSpeed(work.kind());
  std::uint64_t cost = leaseCost(policyFor(worker), speed, all, work.averageCost(openSamples));
  cost = std::min({cost, worker.trusted, costIn(seconds(timeLeft), speed)});
  std::uint64_t samples = work.samplesFor(cost);
  if (work.block().isNet() && worker.isProven) {
    // A block may take longer than a lease should; each thread needs one, within a fair share.
    double share = static_cast<double>(speed) / static_cast<double>(all);
    auto fair = static_cast<std::uint64_t>(static_cast<double>(openSamples) * share);
    samples = std::max(samples, std::min(fair, threadBlocks(worker, work.block())));
  }
  // Rounding up to a block adds less than the other half.
  if (worker.doubtedSamples > 0) samples = std::min(samples, config_.recheckSamplesMax / 2);
  // Nets are counted whole: a lease ends where a block does, whatever the chunks are.
  const Block& block = work.block();
  return {.samples = samples,
          .chunkSize = block.isNet() ? block.samples : job.spec.chunkSize,
          .blockSamples = block.samples};
}

std::optional<Lease> Lender::lendOpen(const Worker& worker, Duration timeLeft, Instant now) {
  if (book_.queue().lendable().empty()) return std::nullopt;
  Job& job = jobs_.get(book_.queue().lendable().begin()->job);
  std::uint64_t most = finishable(worker, job, now);
  if (most == 0) return std::nullopt;
  LeaseSize size = sizeFor(worker, job, job.ledger.openSamples(), timeLeft);
  size.samples = std::min(size.samples, most);
  bool sparesFronts = job.isRestored && now < sparedUntil_;
  Lease lease = book_.lend(job, worker, size,
                           sparesFronts ? Ledger::Fronts::kSpared : Ledger::Fronts::kLent, now);
  ++metrics_.leasesLent;
  job.contributors.add(worker.id, worker.profile, {.leases = 1}, config_.contributorsMax);
  return lease;
}

std::optional<Lease> Lender::lendSuspect(const Worker& worker, Instant now) {
  while (std::optional<HeldLease> suspect = book_.advanceToSuspect()) {
    if (finishable(worker, jobs_.get(suspect->job), now) == 0) break;
    if (std::optional<Lease> lease = lendAgain(*suspect, worker, now)) return lease;
  }
  return std::nullopt;
}

std::optional<Lease> Lender::lendAgain(const HeldLease& held, const Worker& worker, Instant now) {
  Job& job = jobs_.get(held.job);
  const WorkerId holder = book_.lent(held).worker;
  LeaseSize size = sizeFor(worker, job, book_.lent(held).rest.size(), Duration::max());
  size.samples = std::min(size.samples, finishable(worker, job, now));
  std::optional<Lease> lease = book_.lendAgain(held, worker, size, now);
  if (!lease) return std::nullopt;
  ++metrics_.leasesLentAgain;
  metrics_.lastLentFrom = holder;
  job.contributors.add(worker.id, worker.profile, {.leases = 1, .secondLeases = 1},
                       config_.contributorsMax);
  return lease;
}

void Lender::preemptFor(const Job& job, Instant now) {
  if (!workers_.waiting().empty()) return;
  std::size_t peers = book_.queue().peers(job.spec.priority);
  PI_CHECK(peers > 0);
  const Pace present = pace();
  Interruption interruption(
      {.cost = job.work.averageCost(job.ledger.samples() - job.ledger.progress().samples()),
       .share = (workers_.connected() + peers - 1) / peers},
      present.policy.leaseTarget, present.policy.prefetch);
  for (const auto& [id, worker] : workers_.all()) {
    if (interruption.isEnough()) return;
    if (worker.state != WorkerState::kActive || orders_.awaitsAnswer(id)) continue;
    const std::vector<HeldLease>& held = book_.heldBy(id);
    bool servesHigher = std::ranges::any_of(held, [&](const HeldLease& lease) {
      return jobs_.get(lease.job).spec.priority > job.spec.priority;
    });
    if (servesHigher || finishableSamples(worker, job.work, config_, now) == 0) continue;
    std::uint64_t speed = worker.speed(job.work.kind());
    if (!interruption.decide(loadOf(worker, now).backlogSeconds, speed)) continue;
    ++metrics_.preemptions;
    // Last lease first, so that every tail adjoins what is open behind it.
    for (auto lease = held.rbegin(); lease != held.rend(); ++lease) {
      orders_.truncate(id, lease->lease, 0);
    }
  }
}

void Lender::rebalance(Instant now) {
  if (!isStarving() || now < rebalanceAt_) return;
  lendOverdue(now);
  std::vector<Load> busy, waiting;
  for (const auto& [id, worker] : workers_.all()) {
    bool canShare = worker.state == WorkerState::kActive && !orders_.awaitsAnswer(id);
    if (canShare && !book_.heldBy(id).empty()) busy.push_back(loadOf(worker, now));
  }
  for (WorkerId id : workers_.waiting()) {
    const Worker& worker = workers_.get(id);
    waiting.push_back(loadOf(worker, now));
    waiting.back().backlogSeconds += seconds(worker.roundTrip);  // It begins later, too.
    std::optional<Instant> end = doneBy(worker, config_);
    if (end) waiting.back().secondsLeft = seconds(*end - now);
  }
  bool hasAsked = false;
  for (const Move& move : chooseMoves(std::move(busy), waiting, 2 * pace().leaseMinimum)) {
    const Job& job = jobs_.get(book_.heldBy(move.from).back().job);
    bool canFinish = finishable(workers_.get(move.to), job, now) > 0;
    if (!canFinish || !moveTail(move.from, move.cost)) continue;
    ++metrics_.rebalances;
    hasAsked = true;
  }
  rebalanceAt_ = now + (hasAsked ? rebalancePeriod(workers_) : rebalanceRest(workers_));
}

// Proven workers that wait get what unproven ones have held for too long.
void Lender::lendOverdue(Instant now) {
  std::vector<HeldLease> overdue = overdueOfUnproven(workers_, book_, jobs_, now);
  for (WorkerId id : std::deque<WorkerId>(workers_.waiting())) {
    Worker& worker = workers_.get(id);
    if (!worker.isProven || book_.heldBy(id).size() >= config_.leasesPerWorkerMax) continue;
    auto canFinish = [&] { return finishable(worker, jobs_.get(overdue.back().job), now) > 0; };
    std::optional<Lease> again;
    while (!again && !overdue.empty() && canFinish()) {
      again = lendAgain(overdue.back(), worker, now);
      if (!again) overdue.pop_back();
    }
    if (overdue.empty() && !again) return;
    if (!again) continue;
    if (book_.heldBy(id).size() == 1) Liveness::restartProgress(worker, now);
    workers_.setWaiting(worker, false);
    orders_.add(action::Lend{.worker = id, .leases = {*again}});
  }
}

void Lender::rebalanceSoon(Instant now) {
  rebalanceAt_ = std::min(rebalanceAt_, now + rebalancePeriod(workers_));
}

std::optional<Instant> Lender::rebalanceAt() const {
  return isStarving() ? std::optional(rebalanceAt_) : std::nullopt;
}

void Lender::checkInvariants() const {
  if (book_.queue().lendable().empty()) return;
  for (WorkerId id : workers_.waiting()) {
    PI_CHECK(workers_.get(id).endsAt || book_.heldBy(id).size() >= config_.leasesPerWorkerMax);
  }
}

// Judged by the worker's speed since its last report.
Load Lender::loadOf(const Worker& worker, Instant now) const {
  Load load{.worker = worker.id};
  for (std::size_t i = 0; i < kWorkKinds; ++i)
    load.speeds[i] = worker.speed(static_cast<WorkKind>(i));
  double atReport = 0;
  for (const HeldLease& held : book_.heldBy(worker.id)) {
    const JobWork& work = jobs_.get(held.job).work;
    load.kind = work.kind();
    atReport += static_cast<double>(work.costOf(book_.lent(held).rest)) /
                static_cast<double>(worker.speed(load.kind));
  }
  load.backlogSeconds = std::max(0.0, atReport - seconds(now - worker.progressAt));
  return load;
}

// Asks for a cost from the end of what a worker holds; its answers say where its leases end now.
// False if that is less than a block.
bool Lender::moveTail(WorkerId from, std::uint64_t cost) {
  bool hasAsked = false;
  const std::vector<HeldLease>& held = book_.heldBy(from);
  for (auto lease = held.rbegin(); lease != held.rend() && cost > 0; ++lease) {
    const JobWork& work = jobs_.get(lease->job).work;
    SampleRange rest = book_.lent(*lease).rest;
    std::uint64_t moved = std::min(work.samplesFor(cost), rest.size());
    std::uint64_t end = rest.end - moved;
    if (end > rest.begin) {
      std::uint64_t intoBlock = end % work.block().samples;
      if (intoBlock > 0) end += work.block().samples - intoBlock;
      if (end >= rest.end) break;
    }
    orders_.truncate(from, lease->lease, end);
    hasAsked = true;
    cost -= std::min(cost, work.averageCost(moved));
  }
  return hasAsked;
}

}  // namespace pi::scheduler
