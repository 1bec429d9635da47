#include "tests/bench/many_workers.h"

#include <time.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <variant>

#include "common/model/epoch.h"
#include "tests/simulation/oracle.h"

namespace pi::bench {
namespace {

constexpr Duration kAnswerTime = std::chrono::milliseconds(2);
constexpr Duration kCommitTime = std::chrono::milliseconds(5);
constexpr int kIdleHeartbeats = 3;  // As in worker/core/worker.cpp.

Duration cpuTime() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

Duration busyFor(std::uint64_t samples) {
  double seconds = static_cast<double>(samples) / static_cast<double>(ManyWorkers::kSpeed);
  return Duration(static_cast<Duration::rep>(seconds * 1e9));
}

scheduler::Config configFor(std::size_t workers) {
  scheduler::Config config;
  config.workersMax = std::max(config.workersMax, workers);
  return config;
}

}  // namespace

ManyWorkers::ManyWorkers(std::size_t workers) : core_(configFor(workers)), workers_(workers) {}

WorkerId ManyWorkers::idOf(std::size_t worker) { return workerIdOf(0, worker + 1); }

std::size_t ManyWorkers::indexOf(WorkerId id) {
  return static_cast<std::size_t>(number(id) - number(workerIdOf(0, 1)));
}

WorkerPolicy ManyWorkers::policy() const { return core_.policyOf(idOf(0)); }

void ManyWorkers::joinWithin(Duration length) {
  const auto all = static_cast<Duration::rep>(workers_.size());
  const Instant begin = now_;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    runUntil(begin + length / all * static_cast<Duration::rep>(i), false);
    join(i);
  }
  runUntil(begin + length, false);
}

void ManyWorkers::join(std::size_t worker) {
  WorkerProfile profile{.name = "node" + std::to_string(worker),
                        .host = "node" + std::to_string(worker) + ".cluster.example",
                        .kernel = "avx512",
                        .batchJob = "123456"};
  profile.threads = 128;
  profile.samplesPerSecond = kSpeed;
  ++load_.calls;
  workers_[worker].spokeAt = now_;
  handle(scheduler::event::WorkerJoined{
      .worker = idOf(worker), .profile = std::move(profile), .lent = {}, .held = {}, .done = {}});
  workers_[worker].policy = core_.policyOf(idOf(worker));
  act(worker);
}

void ManyWorkers::submit(std::uint64_t samples) {
  hasEnded_ = false;
  JobSpec spec{.samples = samples, .chunkSize = std::min<std::uint64_t>(samples, kSpeed)};
  handle(scheduler::event::JobSubmitted{.spec = spec, .uid = {{1}}});
}

void ManyWorkers::cancel() {
  handle(scheduler::event::JobCancelled{.job = core_.lastJob(), .reason = "the story continues"});
}

void ManyWorkers::pass(Duration length) { runUntil(now_ + length, false); }

void ManyWorkers::passUntilEnd(Duration longest) { runUntil(now_ + longest, true); }

Load ManyWorkers::takeLoad() {
  load_.length = now_ - std::exchange(loadFrom_, now_);
  return std::exchange(load_, {});
}

void ManyWorkers::runUntil(Instant end, bool stopsAtEnd) {
  while (!(stopsAtEnd && hasEnded_)) {
    Instant next = earliest({core_.wakeAt(), committedAt_}).value_or(end);
    bool isStep = !steps_.empty() && steps_.top().at <= next;
    if (isStep) next = steps_.top().at;
    if (next > end) break;
    now_ = std::max(now_, next);
    if (isStep) {
      Step step = steps_.top();
      steps_.pop();
      if (step.plan == workers_[step.worker].plan) act(step.worker);
    } else if (committedAt_ && *committedAt_ <= next) {
      committedAt_.reset();
      handle(scheduler::event::Committed{});
    } else {
      if (!core_.wakeAt()) break;
      handle(scheduler::event::Tick{});
    }
  }
  if (!stopsAtEnd || !hasEnded_) now_ = std::max(now_, end);
}

void ManyWorkers::handle(const scheduler::Event& event) {
  Duration begin = cpuTime();
  scheduler::Actions actions = core_.handle(event, now_);
  Duration took = cpuTime() - begin;
  ++load_.events;
  load_.cpu += took;
  load_.longest = std::max(load_.longest, took);
  for (const scheduler::Action& action : actions) {
    std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }
}

// Does what is due.
void ManyWorkers::act(std::size_t index) {
  Worker& worker = workers_[index];
  if (worker.isHung) return;
  if (!worker.held.empty() && worker.held.front().end <= now_) report(index);
  bool isLow = worker.held.empty() || worker.held.back().end - worker.policy.prefetch <= now_;
  if (isLow && !worker.isAsking && worker.answeredAt <= now_) {
    worker.isAsking = true;
    worker.spokeAt = now_;
    ++load_.calls;
    handle(scheduler::event::Exchanged{.worker = idOf(index), .done = {}});
  }
  int beats = worker.held.empty() ? kIdleHeartbeats : 1;
  if (worker.spokeAt + beats * worker.policy.heartbeat <= now_) report(index);
  planNext(index);
}

// Everything that it has done; nothing is a sign of life.
void ManyWorkers::report(std::size_t index) {
  Worker& worker = workers_[index];
  std::vector<LeaseTally> done;
  while (!worker.held.empty() && worker.held.front().end <= now_) {
    const Lease& lease = worker.held.front().lease;
    if (!lease.range.empty()) {
      done.push_back({.lease = lease.id,
                      .job = lease.job,
                      .tally = {.range = lease.range,
                                .hits = simulation::oracleHits(lease.stream, lease.range)},
                      .busy = busyFor(lease.range.size()),
                      .sequence = ++worker.sequence});
    }
    worker.held.erase(worker.held.begin());
  }
  worker.spokeAt = now_;
  ++load_.calls;
  handle(scheduler::event::Reported{.worker = idOf(index), .done = std::move(done)});
  worker.policy = core_.policyOf(idOf(index));
}

void ManyWorkers::planNext(std::size_t index) {
  Worker& worker = workers_[index];
  int beats = worker.held.empty() ? kIdleHeartbeats : 1;
  Instant at = worker.spokeAt + beats * worker.policy.heartbeat;
  if (!worker.held.empty()) {
    at = std::min(at, worker.held.front().end);
    Instant low = std::max(worker.held.back().end - worker.policy.prefetch, worker.answeredAt);
    if (!worker.isAsking) at = std::min(at, low);
  }
  steps_.push({.at = std::max(at, now_), .worker = index, .plan = ++worker.plan});
}

void ManyWorkers::perform(const scheduler::action::Lend& lend) {
  std::size_t index = indexOf(lend.worker);
  Worker& worker = workers_[index];
  worker.isAsking = false;
  worker.policy = core_.policyOf(lend.worker);
  worker.answeredAt = now_ + kAnswerTime;
  for (const Lease& lease : lend.leases) {
    Instant begin = worker.answeredAt;
    if (!worker.held.empty()) begin = std::max(begin, worker.held.back().end);
    worker.held.push_back(
        {.lease = lease, .begin = begin, .end = begin + busyFor(lease.range.size())});
  }
  planNext(index);
}

// It keeps what it has begun, in whole blocks.
void ManyWorkers::perform(const scheduler::action::Truncate& asked) {
  std::size_t index = indexOf(asked.worker);
  Worker& worker = workers_[index];
  if (worker.isHung) return;
  auto held =
      std::ranges::find(worker.held, asked.lease, [](const Held& of) { return of.lease.id; });
  std::uint64_t end = kSamplesEnd;
  if (held != worker.held.end()) {
    SampleRange& range = held->lease.range;
    double begun = std::max(0.0, seconds(now_ - held->begin)) * static_cast<double>(kSpeed);
    std::uint64_t cursor = range.begin + std::min(range.size(), static_cast<std::uint64_t>(begun));
    cursor +=
        (held->lease.blockSamples - cursor % held->lease.blockSamples) % held->lease.blockSamples;
    range.end = end = std::min(range.end, std::max(asked.end, cursor));
    for (Instant begin = held->begin; held != worker.held.end(); ++held) {
      held->begin = begin;
      begin = held->end = begin + busyFor(held->lease.range.size());
    }
  }
  handle(
      scheduler::event::LeaseTruncated{.worker = asked.worker, .lease = asked.lease, .end = end});
  planNext(index);
}

void ManyWorkers::perform(const scheduler::action::Commit&) { committedAt_ = now_ + kCommitTime; }

}  // namespace pi::bench
