#include "scheduler/core/lender.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "scheduler/core/loads.h"
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

// A block for each of the threads, in samples.
std::uint64_t threadBlocks(std::uint32_t threads, const Block& block) {
  std::uint64_t blocks = std::max<std::uint64_t>(threads, 1);
  return std::min(blocks, kSamplesEnd / block.samples) * block.samples;
}

// The speed of all seats of the job for which there are threads, if each of these has this worker's
// speed; at least `speed`, which is that of `threads`.
std::uint64_t seatsSpeed(const Seats& seats, std::uint64_t clusterThreads, std::uint64_t speed,
                         std::uint32_t threads) {
  std::uint64_t filled = std::min<std::uint64_t>(seats.threadsMax(), clusterThreads);
  double all = static_cast<double>(speed) / threads * static_cast<double>(filled);
  return std::max(speed, static_cast<std::uint64_t>(std::min(all, 0x1p62)));
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
      metrics_(metrics),
      matching_(config, jobs, workers, book) {}

void Lender::serveWaiting(Instant now) {
  auto isNothingToLend = [this] {
    return !book_.queue().hasLendable() && !book_.advanceToSuspect();
  };
  servedAt_ = now;
  if (workers_.waiting().empty() || isNothingToLend()) return;
  // A worker that waits no longer may have kept another one from its seats: it is asked again.
  bool hasLent = true;
  while (hasLent) {
    hasLent = false;
    for (WorkerId id : matching_.candidates()) {
      Worker& worker = workers_.get(id);
      if (!worker.isWaiting || matching_.isLoaded(id)) continue;
      if (lendTo(worker, now)) {
        workers_.setWaiting(worker, false);
        if (isNothingToLend()) return;
        hasLent = !book_.queue().lendable(JobQueue::Lendable::kToHolders).empty();
      } else if (!book_.queue().hasLendable() && !worker.endsAt) {
        return;  // The workers behind it cannot be lent anything, either.
      }
    }
  }
}

bool Lender::lendTo(Worker& worker, Instant now) {
  if (worker.state != WorkerState::kActive) return false;
  std::vector<Lease> leases;
  // Where leases are shorter than a round trip, several are lent at a time.
  Duration timeLeft = std::max(pace().policy.prefetch, policyFor(worker).target);
  Duration enough = config_.lease.target >= config_.prefetch ? worker.roundTrip : timeLeft;
  while (leases.size() < config_.leasesPerExchangeMax && !matching_.isLoaded(worker.id)) {
    bool hadNothing = book_.heldBy(worker.id).empty();
    std::optional<Lease> lease = lendOpen(worker, timeLeft, now);
    if (!lease && leases.empty()) lease = lendSuspect(worker, now);
    if (!lease) break;
    if (hadNothing) Liveness::restartProgress(worker, now);
    leases.push_back(*lease);
    Duration took = timeFor(worker, jobs_.get(lease->job).work, *lease);
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

// The most that a lease with limited threads may cost.  A GPU's part of the worker's speed is not
// known: the threads must first show theirs, from leases that may be too short to measure it.
std::uint64_t Lender::threadsTrusted(const Worker& worker, const JobWork& work,
                                     std::uint32_t threads) const {
  const Speed& one = worker.threadSpeeds[indexOf(work.kind())];
  if (one.isMeasured) return kSamplesEnd;
  std::uint64_t done = costIn(seconds(kShortRun) * threads, one.costPerSecond);
  return trustedCost({.firstCost = config_.firstLeaseCost}, done);
}

LeaseSize Lender::sizeFor(const Worker& worker, const Job& job, std::uint64_t openSamples,
                          Duration timeLeft) const {
  const JobWork& work = job.work;
  // The worker's, or so many of its threads'.
  std::uint32_t threads = job.seats.offer(worker.id, worker.profile.cpuThreads).value_or(0);
  std::uint64_t speed = worker.speed(work.kind(), threads);
  std::uint64_t all = workers_.clusterSpeed(work.kind());
  if (job.seats.isLimited()) all = seatsSpeed(job.seats, workers_.cpuThreads(), speed, threads);
  std::uint64_t trusted = worker.trusted;
  if (job.seats.isLimited()) trusted = std::min(trusted, threadsTrusted(worker, work, threads));
  std::uint64_t cost = leaseCost(policyFor(worker), speed, all, work.averageCost(openSamples));
  cost = std::min({cost, trusted, costIn(seconds(timeLeft), speed)});
  std::uint64_t samples = work.samplesFor(cost);
  if (work.block().isNet() && worker.isProven) {
    // A block may take longer than a lease should; each thread needs one, within a fair share.
    double share = static_cast<double>(speed) / static_cast<double>(all);
    auto fair = static_cast<std::uint64_t>(static_cast<double>(openSamples) * share);
    std::uint32_t count = threads == 0 ? worker.profile.threads : threads;
    samples = std::max(samples, std::min(fair, threadBlocks(count, work.block())));
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
  std::optional<JobId> next = matching_.jobFor(worker, now);
  if (!next) return std::nullopt;
  Job& job = jobs_.get(*next);
  LeaseSize size = sizeFor(worker, job, job.ledger.openSamples(), timeLeft);
  size.samples = std::min(size.samples, matching_.finishable(worker, job, now));
  bool sparesFronts = job.isRestored && now < sparedUntil_;
  Lease lease = book_.lend(job, worker, size,
                           sparesFronts ? Ledger::Fronts::kSpared : Ledger::Fronts::kLent, now);
  ++metrics_.leasesLent;
  job.contributors.add(worker.id, worker.profile, {.leases = 1}, config_.contributorsMax);
  return lease;
}

std::optional<Lease> Lender::lendSuspect(const Worker& worker, Instant now) {
  while (std::optional<HeldLease> suspect = book_.advanceToSuspect()) {
    if (matching_.finishable(worker, jobs_.get(suspect->job), now) == 0) break;
    if (std::optional<Lease> lease = lendAgain(*suspect, worker, now)) return lease;
  }
  return std::nullopt;
}

std::optional<Lease> Lender::lendAgain(const HeldLease& held, const Worker& worker, Instant now) {
  Job& job = jobs_.get(held.job);
  const WorkerId holder = book_.lent(held).worker;
  LeaseSize size = sizeFor(worker, job, book_.lent(held).rest.size(), Duration::max());
  size.samples = std::min(size.samples, matching_.finishable(worker, job, now));
  std::optional<Lease> lease = book_.lendAgain(held, worker, size, now);
  if (!lease) return std::nullopt;
  ++metrics_.leasesLentAgain;
  metrics_.lastLentFrom = holder;
  job.contributors.add(worker.id, worker.profile, {.leases = 1, .secondLeases = 1},
                       config_.contributorsMax);
  return lease;
}

void Lender::preemptFor(const Job& job, Instant now) {
  // A worker that waits may take it.
  auto fits = [&](WorkerId id) { return matching_.finishable(workers_.get(id), job, now) > 0; };
  if (std::ranges::any_of(workers_.waiting(), fits)) return;
  std::size_t peers = book_.queue().peers(job.spec.priority);
  PI_CHECK(peers > 0);
  const Pace present = pace();
  Interruption interruption(
      {.cost = job.work.averageCost(job.ledger.samples() - job.ledger.progress().samples()),
       .share = (workers_.connected() + peers - 1) / peers},
      present.policy.leaseTarget, present.policy.prefetch);
  std::uint64_t seats = 0;  // For which there are threads.
  for (const auto& [id, worker] : workers_.all()) {
    bool hasSeats = job.seats.isLimited() && seats >= job.seats.threadsMax();
    if (hasSeats || interruption.isEnough()) return;
    std::optional<std::uint32_t> threads = job.seats.offer(id, worker.profile.cpuThreads);
    if (!threads) continue;
    if (worker.state != WorkerState::kActive || orders_.awaitsAnswer(id)) continue;
    const std::vector<HeldLease>& held = book_.heldBy(id);
    bool servesHigher = std::ranges::any_of(held, [&](const HeldLease& lease) {
      return jobs_.get(lease.job).spec.priority > job.spec.priority;
    });
    if (servesHigher || finishableSamples(worker, job.work, config_, now, *threads) == 0) continue;
    std::uint64_t speed = worker.speed(job.work.kind(), *threads);
    seats += *threads;
    if (!interruption.decide(loadOf(worker, book_, jobs_, now).backlogSeconds, speed)) continue;
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
  serveWaiting(now);
  std::vector<Load> busy, waiting;
  auto isMovable = [this](const HeldLease& held) { return matching_.canMove(held); };
  for (const auto& [id, worker] : workers_.all()) {
    bool canShare = worker.state == WorkerState::kActive && !orders_.awaitsAnswer(id);
    canShare = canShare && std::ranges::any_of(book_.heldBy(id), isMovable);
    if (canShare) busy.push_back(loadOf(worker, book_, jobs_, now));
  }
  for (WorkerId id : workers_.waiting()) {
    const Worker& worker = workers_.get(id);
    waiting.push_back(loadOf(worker, book_, jobs_, now));
    waiting.back().backlogSeconds += seconds(worker.roundTrip);  // It begins later, too.
    std::optional<Instant> end = doneBy(worker, config_);
    if (end) waiting.back().secondsLeft = seconds(*end - now);
  }
  bool hasAsked = false;
  for (const Move& move : chooseMoves(std::move(busy), waiting, 2 * pace().leaseMinimum)) {
    const std::vector<HeldLease>& held = book_.heldBy(move.from);
    auto last = std::find_if(held.rbegin(), held.rend(), isMovable);
    PI_CHECK(last != held.rend());
    const Job& job = jobs_.get(last->job);
    bool canFinish = matching_.finishable(workers_.get(move.to), job, now) > 0;
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
    if (!worker.isProven || matching_.isLoaded(id)) continue;
    auto canFinish = [&] {
      return matching_.finishable(worker, jobs_.get(overdue.back().job), now) > 0;
    };
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
  for (WorkerId id : workers_.waiting()) {
    PI_CHECK(matching_.isLoaded(id) || !matching_.jobFor(workers_.get(id), servedAt_));
  }
}

// Asks for a cost from the end of what a worker holds; its answers say where its leases end now.
// False if that is less than a block.
bool Lender::moveTail(WorkerId from, std::uint64_t cost) {
  bool hasAsked = false;
  const std::vector<HeldLease>& held = book_.heldBy(from);
  for (auto lease = held.rbegin(); lease != held.rend() && cost > 0; ++lease) {
    if (!matching_.canMove(*lease)) continue;
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
