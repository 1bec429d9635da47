#include "tests/simulation/allocation/judge.h"

#include <algorithm>

#include "scheduler/allocation/core/node_time.h"

namespace pi::simulation {
namespace {

using namespace std::chrono_literals;
using allocation::NodeTime;
using State = TrueJob::State;

// So many workers a queue has at least at a time in calm weather, where a pending allocation has a
// worker after some minutes, and then the next one is asked for.
std::size_t comesTo(const allocation::QueueOptions& options) {
  return options.backlog * static_cast<std::size_t>(options.workerTimeLimit / 5min);
}

}  // namespace

void AllocationCounts::add(const AllocationCounts& other) {
  for (std::size_t i = 0; i < events.size(); ++i) events[i] += other.events[i];
  for (std::size_t i = 0; i < actions.size(); ++i) actions[i] += other.actions[i];
  for (std::size_t i = 0; i < mishaps.size(); ++i) mishaps[i] += other.mishaps[i];
  pauses += other.pauses;
  strays += other.strays;
  workersMost = std::max(workersMost, other.workersMost);
}

void AllocationJudge::fail(const std::string& sentence) {
  if (wrong_.empty()) wrong_ = sentence;
}

void AllocationJudge::note(const allocation::Action& action, std::size_t rows) {
  ++counts_.actions[action.index()];
  if (const auto* tell = std::get_if<allocation::action::Tell>(&action)) {
    counts_.pauses += tell->text.find(" is paused: ") != std::string::npos;
    counts_.strays += tell->text.find("not known any more") != std::string::npos;
  }
  if (rows > 100) fail("the store fills with rows");
}

void AllocationJudge::noteSubmission(const std::string& name, bool isSaved) {
  if (!isSaved) fail(name + " is submitted before its row is saved");
  if (!submitted_.insert(name).second) fail(name + " is submitted twice");
}

void AllocationJudge::noteListing(const std::string& system, Instant now) {
  auto [entry, isFirst] = listedAt_.try_emplace(system, now);
  if (!isFirst && now - entry->second < 10s) fail(system + " is listed too often");
  entry->second = now;
}

void AllocationJudge::noteEnded(const std::string& id) {
  const TrueJob* job = world_.find(id);
  if (job == nullptr || job->state != State::kRunning) return;
  bool isGood = !job->isDeaf && !job->isOvertime && !job->isQuarantined && !job->isExcused;
  // One whose node boots may be given back, and may have started since the listing that said so.
  if (isGood && job->isConnected && !job->isHaltTold) {
    fail(job->name + " is cancelled while its worker is well");
  }
  bool isForHours = world_.weather().queues[job->queue].nodeTimeMax.has_value();
  if (isGood && job->isSuspended && job->isHaltTold && !isForHours) {
    fail(job->name + " is cancelled because it is suspended");
  }
}

void AllocationJudge::checkGivenBack() {
  for (const TrueJob& job : world_.jobs()) {
    bool isLeft = job.state == State::kPending && !job.isExcused && !job.isCancelIgnored;
    if (isLeft) fail(job.name + " is pending, and the scheduler has stopped");
  }
}

void AllocationJudge::checkLimits() {
  const auto& queues = world_.weather().queues;
  std::vector<std::size_t> alive(queues.size());
  std::vector<std::size_t> pending(queues.size());
  std::vector<Duration> run(queues.size());
  std::vector<std::size_t> working(queues.size());
  for (const TrueJob& job : world_.jobs()) {
    working[job.queue] += job.isConnected && !job.isQuarantined;
    if (job.isExcused) continue;
    run[job.queue] += std::min(world_.runOf(job), job.timeLimit);
    alive[job.queue] += job.isAlive();
    pending[job.queue] += job.state == State::kPending;
  }
  for (std::size_t i = 0; i < queues.size(); ++i) {
    workersMost_[i] = std::max(workersMost_[i], working[i]);
    counts_.workersMost = std::max<std::uint64_t>(counts_.workersMost, working[i]);
    std::string name = nameOf(queues[i]);
    if (alive[i] > queues[i].workersMax) fail(name + " has more than --workers-max");
    if (pending[i] > queues[i].backlog) fail(name + " has more pending than --backlog");
    if (queues[i].nodeTimeMax && run[i] > *queues[i].nodeTimeMax) {
      fail(name + " took more than --max-node-hours");
    }
  }
}

void AllocationJudge::checkWorkersCame(const allocation::Provisioner& provisioner, Instant now) {
  auto views = provisioner.queues(now);
  for (std::size_t i = 0; i < views.size(); ++i) {
    const auto& options = views[i].options;
    bool isSpent = options.nodeTimeMax.has_value() &&
                   views[i].whyNotMore.find("max-node-hours") != std::string::npos;
    std::size_t enough = std::max<std::size_t>(1, std::min(comesTo(options), options.workersMax));
    if (workersMost_[i] < enough && !isSpent) {
      fail(views[i].name + " had " + std::to_string(workersMost_[i]) + " workers of " +
           std::to_string(enough) + " in an hour of work: " + views[i].whyNotMore);
    }
  }
}

void AllocationJudge::checkWorkersWent(const allocation::Provisioner& provisioner, Instant now) {
  std::vector<std::size_t> alive(world_.weather().queues.size());
  for (const TrueJob& job : world_.jobs()) alive[job.queue] += job.isAlive();
  auto views = provisioner.queues(now);
  for (std::size_t i = 0; i < views.size(); ++i) {
    const auto& options = views[i].options;
    if (alive[i] > options.workersMin) {
      fail(views[i].name + " has " + std::to_string(alive[i]) +
           " allocations after an hour without work");
    }
    bool isSpent = options.nodeTimeMax.has_value();
    if (workersMost_[i] < std::min(comesTo(options), options.workersMin) && !isSpent) {
      fail(views[i].name + " has fewer than --workers-min");
    }
    auto used = std::chrono::duration_cast<Duration>(views[i].used);
    Duration ran{};
    for (const TrueJob& job : world_.jobs()) {
      if (job.queue == i && !job.isExcused) ran += world_.runOf(job);
    }
    if (used + 1s < ran) fail(views[i].name + " counts too little node time");
  }
}

void AllocationJudge::checkStopped(const allocation::Provisioner& provisioner) {
  if (!provisioner.hasStopped()) fail("the provisioner does not stop");
  for (const TrueJob& job : world_.jobs()) {
    if (job.state == State::kPending) fail(job.name + " is pending after the stop");
  }
}

}  // namespace pi::simulation
