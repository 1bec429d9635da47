#include "scheduler/core/lender.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "scheduler/core/overdue.h"

namespace pi::scheduler {
namespace {

// How long to wait before looking again whose work could be shared out.
constexpr Duration kRebalancePeriod = std::chrono::milliseconds(2);
constexpr Duration kRebalanceRest = std::chrono::milliseconds(20);  // After nothing was moved.

// How long the worker takes for the samples, rounded to nanoseconds; at most an hour.
Duration timeFor(const Worker& worker, const JobSpec& spec, SampleRange range) {
  constexpr double kLongest = 3600;
  double time = static_cast<double>(costOf(spec, range)) /
                static_cast<double>(worker.speed(workKindOf(spec)));
  return Duration(std::llround(std::min(time, kLongest) * 1e9));
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
    return book_.queue().lendable().empty() && workers_.suspects() == 0;
  };
  if (workers_.waiting().empty() || isNothingToLend()) return;
  for (WorkerId id : std::deque<WorkerId>(workers_.waiting())) {
    Worker& worker = workers_.get(id);
    if (book_.heldBy(id).size() >= config_.leasesPerWorkerMax) continue;
    if (!lendTo(worker, now)) return;  // The workers behind it cannot be lent anything, either.
    workers_.setWaiting(worker, false);
    if (isNothingToLend()) return;
  }
}

bool Lender::lendTo(Worker& worker, Instant now) {
  if (worker.state != WorkerState::kActive) return false;
  std::vector<Lease> leases;
  // Where leases are shorter than a round trip, several are lent at a time.
  Duration timeLeft = std::max(config_.prefetch, policyFor(worker).target);
  Duration enough = config_.lease.target >= config_.prefetch ? worker.roundTrip : timeLeft;
  while (leases.size() < config_.leasesPerExchangeMax &&
         book_.heldBy(worker.id).size() < config_.leasesPerWorkerMax) {
    bool hadNothing = book_.heldBy(worker.id).empty();
    std::optional<Lease> lease = lendOpen(worker, timeLeft, now);
    if (!lease && leases.empty()) lease = lendSuspect(worker, now);
    if (!lease) break;
    if (hadNothing) Liveness::restartProgress(worker, now);
    leases.push_back(*lease);
    Duration took = timeFor(worker, jobs_.get(lease->job).spec, lease->range);
    if (took >= enough) break;
    enough -= took;
    timeLeft -= took;
  }
  if (leases.empty()) return false;
  orders_.add(action::Lend{.worker = worker.id, .leases = std::move(leases)});
  return true;
}

LeasePolicy Lender::policyFor(const Worker& worker) const {
  return forRoundTrip(config_.lease, worker.roundTrip);
}

LeaseSize Lender::sizeFor(const Worker& worker, const Job& job, std::uint64_t openSamples) const {
  WorkKind kind = workKindOf(job.spec);
  std::uint64_t cost = leaseCost(policyFor(worker), worker.speed(kind), workers_.clusterSpeed(kind),
                                 averageCost(job.spec, openSamples));
  std::uint64_t samples = samplesFor(job.spec, std::min(cost, worker.trusted));
  // Rounding up to a block adds less than the other half.
  if (worker.doubtedSamples > 0) samples = std::min(samples, config_.recheckSamplesMax / 2);
  return {
      .samples = samples, .chunkSize = job.spec.chunkSize, .blockSamples = config_.blockSamples};
}

std::optional<Lease> Lender::lendOpen(const Worker& worker, Duration timeLeft, Instant now) {
  if (book_.queue().lendable().empty()) return std::nullopt;
  Job& job = jobs_.get(book_.queue().lendable().begin()->job);
  std::uint64_t costMax = costIn(seconds(timeLeft), worker.speed(workKindOf(job.spec)));
  LeaseSize size = sizeFor(worker, job, job.ledger.openSamples());
  size.samples = std::min(size.samples, samplesFor(job.spec, costMax));
  bool sparesFronts = job.isRestored && now < sparedUntil_;
  Lease lease = book_.lend(job, worker, size,
                           sparesFronts ? Ledger::Fronts::kSpared : Ledger::Fronts::kLent, now);
  ++metrics_.leasesLent;
  return lease;
}

std::optional<Lease> Lender::lendSuspect(const Worker& worker, Instant now) {
  while (std::optional<HeldLease> suspect = book_.advanceToSuspect()) {
    const Job& job = jobs_.get(suspect->job);
    LeaseSize size = sizeFor(worker, job, book_.lent(*suspect).rest.size());
    if (std::optional<Lease> lease = book_.lendAgain(*suspect, worker, size, now)) {
      ++metrics_.leasesLentAgain;
      return lease;
    }
  }
  return std::nullopt;
}

void Lender::preemptFor(const JobSpec& spec, Instant now) {
  if (!workers_.waiting().empty()) return;
  std::size_t peers = book_.queue().peers(spec.priority);
  PI_CHECK(peers > 0);
  Interruption interruption({.cost = averageCost(spec, spec.samples),
                             .share = (workers_.connected() + peers - 1) / peers},
                            config_.lease.target, config_.prefetch);
  for (const auto& [id, worker] : workers_.all()) {
    if (interruption.isEnough()) return;
    if (worker.state != WorkerState::kActive || orders_.awaitsAnswer(id)) continue;
    const std::vector<HeldLease>& held = book_.heldBy(id);
    bool servesHigher = std::ranges::any_of(held, [&](const HeldLease& lease) {
      return jobs_.get(lease.job).spec.priority > spec.priority;
    });
    if (servesHigher) continue;
    std::uint64_t speed = worker.speed(workKindOf(spec));
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
  }
  bool hasAsked = false;
  for (const Move& move : chooseMoves(std::move(busy), waiting, 2 * config_.lease.minimum)) {
    if (!moveTail(move.from, move.cost)) continue;
    ++metrics_.rebalances;
    hasAsked = true;
  }
  rebalanceAt_ = now + (hasAsked ? kRebalancePeriod : kRebalanceRest);
}

// Proven workers that wait get what unproven ones have held for too long.
void Lender::lendOverdue(Instant now) {
  std::vector<HeldLease> overdue = overdueOfUnproven(workers_, book_, jobs_, now);
  for (WorkerId id : std::deque<WorkerId>(workers_.waiting())) {
    Worker& worker = workers_.get(id);
    if (!worker.isProven || book_.heldBy(id).size() >= config_.leasesPerWorkerMax) continue;
    std::optional<Lease> again;
    while (!again && !overdue.empty()) {
      const HeldLease& held = overdue.back();
      LeaseSize size = sizeFor(worker, jobs_.get(held.job), book_.lent(held).rest.size());
      again = book_.lendAgain(held, worker, size, now);
      if (!again) overdue.pop_back();
    }
    if (!again) return;
    ++metrics_.leasesLentAgain;
    if (book_.heldBy(id).size() == 1) Liveness::restartProgress(worker, now);
    workers_.setWaiting(worker, false);
    orders_.add(action::Lend{.worker = id, .leases = {*again}});
  }
}

void Lender::rebalanceSoon(Instant now) {
  rebalanceAt_ = std::min(rebalanceAt_, now + kRebalancePeriod);
}

std::optional<Instant> Lender::rebalanceAt() const {
  return isStarving() ? std::optional(rebalanceAt_) : std::nullopt;
}

void Lender::checkInvariants() const {
  if (book_.queue().lendable().empty()) return;
  for (WorkerId id : workers_.waiting()) {
    PI_CHECK(book_.heldBy(id).size() >= config_.leasesPerWorkerMax);
  }
}

// Judged by the worker's speed since its last report.
Load Lender::loadOf(const Worker& worker, Instant now) const {
  Load load{.worker = worker.id};
  for (std::size_t i = 0; i < kWorkKinds; ++i)
    load.speeds[i] = worker.speed(static_cast<WorkKind>(i));
  double atReport = 0;
  for (const HeldLease& held : book_.heldBy(worker.id)) {
    const JobSpec& spec = jobs_.get(held.job).spec;
    load.kind = workKindOf(spec);
    atReport += static_cast<double>(costOf(spec, book_.lent(held).rest)) /
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
    const JobSpec& spec = jobs_.get(lease->job).spec;
    SampleRange rest = book_.lent(*lease).rest;
    std::uint64_t moved = std::min(samplesFor(spec, cost), rest.size());
    std::uint64_t end = rest.end - moved;
    if (end > rest.begin) {
      std::uint64_t intoBlock = end % config_.blockSamples;
      if (intoBlock > 0) end += config_.blockSamples - intoBlock;
      if (end >= rest.end) break;
    }
    orders_.truncate(from, lease->lease, end);
    hasAsked = true;
    cost -= std::min(cost, averageCost(spec, moved));
  }
  return hasAsked;
}

}  // namespace pi::scheduler
