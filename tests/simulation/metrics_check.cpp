#include "tests/simulation/metrics_check.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <variant>

#include "common/base/match.h"

namespace pi::simulation {
namespace {

using scheduler::Metrics;
namespace event = scheduler::event;
namespace action = scheduler::action;

constexpr std::array kExact = {
    &Metrics::truncationsAsked, &Metrics::samplesDropped,   &Metrics::workersJoined,
    &Metrics::workersLost,      &Metrics::workersForgotten, &Metrics::workersQuarantined,
    &Metrics::violations,       &Metrics::jobsSubmitted,    &Metrics::jobsRefused,
    &Metrics::commits,          &Metrics::commitFailures,   &Metrics::talliesConfirmed,
};

std::string differs(std::string_view counter, std::uint64_t core, std::uint64_t seen) {
  return "the core counts " + std::to_string(core) + " " + std::string(counter) +
         ", and the simulator " + std::to_string(seen);
}

std::uint64_t sumOf(const std::array<std::uint64_t, scheduler::kDropReasons>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

// A worker, and the tallies that it brings.
struct Delivery {
  WorkerId worker{};
  const std::vector<LeaseTally>* done = nullptr;
};

Delivery delivery(WorkerId worker, const std::vector<LeaseTally>& done) {
  return {.worker = worker, .done = &done};
}

// `done` is null if the event brings no tallies.
Delivery deliveryOf(const scheduler::Event& event) {
  return std::visit(
      Match{
          [](const event::WorkerJoined& joined) { return delivery(joined.worker, joined.done); },
          [](const event::WorkerLeft& left) { return delivery(left.worker, left.done); },
          [](const event::Exchanged& brought) { return delivery(brought.worker, brought.done); },
          [](const event::Reported& reported) { return delivery(reported.worker, reported.done); },
          [](const event::WorkerLost&) { return Delivery{}; },
          [](const event::LeaseTruncated&) { return Delivery{}; },
          [](const event::WorkersDismissed&) { return Delivery{}; },
          [](const event::Recomputed&) { return Delivery{}; },
          [](const event::JobSubmitted&) { return Delivery{}; },
          [](const event::JobExtended&) { return Delivery{}; },
          [](const event::JobReprioritized&) { return Delivery{}; },
          [](const event::JobCancelled&) { return Delivery{}; },
          [](const event::Committed&) { return Delivery{}; },
          [](const event::CommitFailed&) { return Delivery{}; },
          [](const event::CommitWanted&) { return Delivery{}; },
          [](const event::Tick&) { return Delivery{}; },
      },
      event);
}

// How many tallies the core takes: after a violation that leads to quarantine it takes none.
std::size_t takenOf(const Delivery& delivery, const scheduler::Actions& actions) {
  auto end = delivery.done->begin();
  bool isViolator = false;
  for (const scheduler::Action& each : actions) {
    if (const auto* drop = std::get_if<action::DropTally>(&each)) {
      end = std::find(end, delivery.done->end(), drop->tally);
      if (end != delivery.done->end()) ++end;
    } else if (const auto* quarantine = std::get_if<action::Quarantine>(&each)) {
      isViolator |= quarantine->cause == scheduler::QuarantineCause::kViolations;
    }
  }
  return isViolator ? static_cast<std::size_t>(end - delivery.done->begin())
                    : delivery.done->size();
}

}  // namespace

void add(Metrics& total, const Metrics& more) {
  for (const Counter& counter : kCounters) total.*counter.value += more.*counter.value;
  for (std::size_t i = 0; i < scheduler::kDropReasons; ++i) {
    total.talliesDropped[i] += more.talliesDropped[i];
  }
}

std::string MetricsCheck::check(const scheduler::Event& event, const scheduler::Actions& actions,
                                const scheduler::Scheduler& core) {
  Delivery delivery = deliveryOf(event);
  auto sender = workers_.find(delivery.worker);
  bool isIgnored = sender == workers_.end() ? !std::holds_alternative<event::WorkerJoined>(event)
                                            : sender->second == Presence::kQuarantined;
  if (delivery.done != nullptr && !isIgnored) tallies_ += takenOf(delivery, actions);

  std::visit([this](const auto& happened) { note(happened); }, event);
  bool hasCommit = false;
  for (const scheduler::Action& each : actions) {
    std::visit([this](const auto& wanted) { note(wanted); }, each);
    hasCommit |= std::holds_alternative<action::Commit>(each);
  }
  if (std::holds_alternative<event::Recomputed>(event)) noteVerdict(actions);
  // Commits tell the newest job's number; submissions since the last one are not known.
  if (!hasCommit) seen_.jobsSubmitted = core.metrics().jobsSubmitted;

  std::string wrong = firstDifference(core.metrics());
  if (wrong.empty()) wrong = impossibility(event, core);
  before_ = core.metrics();
  return wrong;
}

void MetricsCheck::note(const event::WorkerJoined& joined) {
  auto [worker, isNew] = workers_.emplace(joined.worker, Presence::kConnected);
  if (worker->second == Presence::kQuarantined) return;
  if (!isNew && worker->second == Presence::kConnected) ++seen_.workersLost;
  ++seen_.workersJoined;
  worker->second = Presence::kConnected;
}

void MetricsCheck::note(const event::WorkerLost& lost) {
  auto worker = workers_.find(lost.worker);
  if (worker == workers_.end() || worker->second != Presence::kConnected) return;
  ++seen_.workersLost;
  worker->second = Presence::kAbsent;
}

void MetricsCheck::note(const action::ForgetWorker& forgotten) {
  ++seen_.workersForgotten;
  workers_.erase(forgotten.worker);
}

// The core repeats the action when a quarantined worker joins again.
void MetricsCheck::note(const action::Quarantine& quarantine) {
  Presence& presence = workers_[quarantine.worker];
  if (presence == Presence::kQuarantined) return;
  presence = Presence::kQuarantined;
  ++seen_.workersQuarantined;
  failures_ += quarantine.cause == scheduler::QuarantineCause::kFailures;
}

// A doubt that was right leads to quarantine at once.
void MetricsCheck::noteVerdict(const scheduler::Actions& actions) {
  for (const scheduler::Action& each : actions) {
    seen_.violations += std::holds_alternative<action::Quarantine>(each);
  }
}

void MetricsCheck::note(const action::DropTally& drop) {
  ++seen_.talliesDropped[static_cast<std::size_t>(drop.reason)];
  seen_.violations += isViolation(drop.reason);
  if (drop.reason == scheduler::DropReason::kAlreadyCounted) {
    seen_.samplesDropped += drop.tally.tally.range.size();
  }
}

void MetricsCheck::note(const action::Commit& commit) {
  ++seen_.commits;
  seen_.jobsSubmitted = number(commit.changes.lastJob) - number(lastJob_);
}

std::string MetricsCheck::firstDifference(const Metrics& core) const {
  for (const Counter& counter : kCounters) {
    bool isExact = std::ranges::find(kExact, counter.value) != kExact.end();
    if (isExact && core.*counter.value != seen_.*counter.value) {
      return differs(counter.name, core.*counter.value, seen_.*counter.value);
    }
  }
  for (std::size_t i = 0; i < scheduler::kDropReasons; ++i) {
    if (core.talliesDropped[i] == seen_.talliesDropped[i]) continue;
    return differs(
        "tallies dropped because " + std::string(sentenceOf(static_cast<scheduler::DropReason>(i))),
        core.talliesDropped[i], seen_.talliesDropped[i]);
  }
  std::uint64_t leases = core.leasesLent + core.leasesLentAgain;
  if (leases != leases_) return differs("leases", leases, leases_);
  std::uint64_t tallies =
      core.talliesCounted + core.talliesRepeated + core.talliesDoubted + sumOf(core.talliesDropped);
  if (tallies != tallies_) return differs("tallies", tallies, tallies_);
  return "";
}

// Counters that only the core can count exactly rise only for some events, and only so far.
std::string MetricsCheck::impossibility(const scheduler::Event& event,
                                        const scheduler::Scheduler& core) const {
  const Metrics& now = core.metrics();
  auto rises = [&](std::uint64_t Metrics::*counter) { return now.*counter - before_.*counter; };
  if (rises(&Metrics::workersSilent) > 0 && !std::holds_alternative<event::Tick>(event)) {
    return "workersSilent rises without a tick";
  }
  bool hasNewWork = std::holds_alternative<event::JobSubmitted>(event) ||
                    rises(&Metrics::jobsExtended) + rises(&Metrics::goalsRaised) > 0;
  if (rises(&Metrics::preemptions) > 0 && !hasNewWork) {
    return "preemptions rises without a new job or goal";
  }
  if (rises(&Metrics::preemptions) + rises(&Metrics::rebalances) >
      rises(&Metrics::truncationsAsked)) {
    return "preemptions and rebalances rise, and no lease is truncated";
  }
  const auto* joined = std::get_if<event::WorkerJoined>(&event);
  if (rises(&Metrics::leasesResumed) > (joined == nullptr ? 0 : joined->held.size())) {
    return "more leases are resumed than the worker holds";
  }
  bool hasTally = rises(&Metrics::talliesCounted) + rises(&Metrics::talliesConfirmed) > 0;
  if (rises(&Metrics::samplesCounted) > 0 && !hasTally) {
    return "samplesCounted rises without a tally";
  }
  if (std::max(now.hitsCounted, now.chunksCounted) > now.samplesCounted) {
    return "there are more hits or chunks than samples";
  }
  bool isChange = std::holds_alternative<event::JobReprioritized>(event);
  if (rises(&Metrics::jobsReprioritized) > (isChange ? 1u : 0u)) {
    return "jobsReprioritized rises without a change";
  }
  if (now.failures < failures_) return differs("failures", now.failures, failures_);
  if (now.pauses > pauses_) return differs("pauses", now.pauses, pauses_);
  // An end is announced once it is committed.  A refused job may end, and is not announced.
  bool isComplete = core.isCommitted() && now.jobsRefused == 0;
  if (now.jobsEnded < endsAnnounced_ || (isComplete && now.jobsEnded != endsAnnounced_)) {
    return differs("jobsEnded", now.jobsEnded, endsAnnounced_);
  }
  return "";
}

}  // namespace pi::simulation
