#include "tests/simulation/allocation/batch_world.h"

#include <algorithm>
#include <utility>

namespace pi::simulation {
namespace {

using namespace std::chrono_literals;
using allocation::BatchState;
using allocation::BatchStatus;
using State = TrueJob::State;

// Ended jobs are listed for so long, as by Slurm's MinJobAge.
constexpr Duration kListedAfterEnd = 5min;

}  // namespace

BatchWorld::BatchWorld(std::uint64_t seed, const Weather& weather, Timeline& timeline)
    : weather_(weather), timeline_(timeline), random_(seed, Random::Purpose::kChance) {}

bool BatchWorld::strikes(Mishap mishap) {
  auto index = static_cast<std::size_t>(mishap);
  bool does = random_.chance(weather_.rates[index]) && !isCalm();
  if (does) ++counts_[index];
  return does;
}

TrueJob* BatchWorld::jobOf(const std::string& id) {
  auto found = std::ranges::find(jobs_, id, &TrueJob::id);
  return found == jobs_.end() ? nullptr : &*found;
}

const TrueJob* BatchWorld::find(const std::string& id) const {
  auto found = std::ranges::find(jobs_, id, &TrueJob::id);
  return found == jobs_.end() ? nullptr : &*found;
}

template <typename Do>
void BatchWorld::later(Duration delay, const TrueJob& job, Do&& action) {
  timeline_.after(delay, [this, id = job.id, runs = job.runs, action = std::forward<Do>(action)] {
    TrueJob* found = jobOf(id);
    if (found->isAlive() && found->runs == runs) action(*found);
  });
}

std::string BatchWorld::submit(const std::string& system,
                               const allocation::AllocationRequest& request) {
  TrueJob job{.name = request.name,
              .id = std::to_string(4711 + jobs_.size()),
              .system = system,
              .timeLimit = request.timeLimit,
              .submittedAt = timeline_.now()};
  for (std::size_t i = 0; i < weather_.queues.size(); ++i) {
    if (weather_.queues[i].arguments == request.arguments) job.queue = i;
  }
  job.neverStarts = strikes(Mishap::kNeverStarts);
  jobs_.push_back(job);
  if (strikes(Mishap::kAdminCancels)) {
    later(random_.upTo(10min), job,
          [this](TrueJob& cancelled) { end(cancelled, "CANCELLED by 0", false); });
  }
  return job.id;
}

std::size_t BatchWorld::busy() const {
  return static_cast<std::size_t>(std::ranges::count(jobs_, State::kRunning, &TrueJob::state));
}

void BatchWorld::startPending() {
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    TrueJob& job = jobs_[i];
    if (job.state != State::kPending || (job.neverStarts && !isCalm())) continue;
    // In calm weather there are nodes enough, soon.
    bool isOld = timeline_.now() - job.submittedAt > (isCalm() ? 2min : weather_.startsIn);
    if (!isCalm() && busy() >= weather_.nodes) return;
    if (isOld || random_.chance(0.05)) start(job);
  }
}

void BatchWorld::start(TrueJob& job) {
  job.state = State::kRunning;
  job.startedAt = timeline_.now();
  ++job.runs;
  if (!strikes(Mishap::kSlowBoot)) return planRun(job);
  job.isBooting = true;
  later(random_.upTo(20min), job, [this](TrueJob& booted) {
    booted.isBooting = false;
    planRun(booted);
  });
}

// Its worker is silent, and loses its connection.
void BatchWorld::suspend(TrueJob& job) {
  if (!job.isConnected) return;
  job.isConnected = false;
  job.isSuspended = true;
  later(random_.upTo(20min), job, [this](TrueJob& resumed) {
    resumed.isSuspended = false;
    later(random_.upTo(2min), resumed, [this](TrueJob& back) { connect(back); });
  });
}

void BatchWorld::planRun(const TrueJob& job) {
  Duration limit = job.timeLimit;
  if (strikes(Mishap::kOvertime)) {
    limit += random_.upTo(20min);
    jobOf(job.id)->isOvertime = true;
  }
  later(limit, job, [this](TrueJob& ended) { end(ended, "TIMEOUT", false); });
  if (strikes(Mishap::kDiesEarly)) {
    later(random_.upTo(30s), job, [this](TrueJob& ended) { end(ended, "FAILED", true); });
    return;
  }
  if (strikes(Mishap::kNoContact)) return;
  Duration connects = 1s + random_.upTo(isCalm() ? 20s : 2min);
  later(connects, job, [this](TrueJob& started) { connect(started); });
  if (strikes(Mishap::kWorkerDies)) {
    later(random_.upTo(limit), job, [this](TrueJob& ended) { end(ended, "NODE_FAIL", true); });
  }
  if (strikes(Mishap::kSuspend)) {
    later(connects + random_.upTo(limit), job, [this](TrueJob& running) { suspend(running); });
  }
  if (strikes(Mishap::kWorkerHangs)) {
    later(connects + random_.upTo(limit), job,
          [](TrueJob& hung) { hung.isConnected = hung.isSuspended = false; });
  }
  if (strikes(Mishap::kQuarantine)) {
    later(connects + random_.upTo(10min), job,
          [](TrueJob& cheat) { cheat.isQuarantined = cheat.isConnected; });
  }
  if (strikes(Mishap::kDeaf)) jobOf(job.id)->isDeaf = true;
  if (strikes(Mishap::kRequeue)) {
    later(random_.upTo(limit), job, [this](TrueJob& again) {
      again.run = runOf(again);
      again.state = State::kPending;
      again.isConnected = again.isSuspended = false;
      again.isExcused = true;
      ++again.runs;
    });
  }
}

void BatchWorld::connect(TrueJob& job) {
  job.isConnected = true;
  job.connectedAt = timeline_.now();
}

void BatchWorld::end(TrueJob& job, const std::string& reason, bool hasFailed) {
  job.run = runOf(job);
  job.state = State::kEnded;
  job.startedAt = timeline_.now();
  job.isConnected = job.isBooting = job.isSuspended = false;
  job.endReason = reason;
  job.hasFailed = hasFailed;
}

Duration BatchWorld::runOf(const TrueJob& job) const {
  return job.run + (job.state == State::kRunning ? timeline_.now() - job.startedAt : Duration{});
}

BatchStatus BatchWorld::describe(TrueJob& job) {
  BatchStatus status{.name = job.name, .id = job.id};
  switch (job.state) {
    case State::kPending:
      status.state = BatchState::kPending;
      status.reason = "Resources";
      if (strikes(Mishap::kWrongStart)) {
        status.estimatedStart = WallTime{} + (timeline_.now() - Instant{}) + random_.upTo(10h);
      }
      break;
    case State::kRunning:
      status.state = BatchState::kRunning;
      if (job.isBooting) status.halt = allocation::Halt::kBooting;
      if (job.isSuspended) status.halt = allocation::Halt::kSuspended;
      if (status.halt != allocation::Halt::kNone) status.reason = "it waits";
      job.isHaltTold = status.halt != allocation::Halt::kNone;
      if (strikes(Mishap::kCallPending)) {
        status.state = BatchState::kPending;
        job.isExcused = true;
      }
      break;
    case State::kEnded:
      status.state = BatchState::kEnded;
      status.reason = job.endReason;
      status.hasFailed = job.hasFailed;
      break;
  }
  if (job.isAlive() && strikes(Mishap::kUnknownState)) {
    status.state = BatchState::kUnknown;
    status.halt = allocation::Halt::kNone;
  }
  if (job.isAlive() && strikes(Mishap::kCallEnded)) {
    status.state = BatchState::kEnded;
    job.isExcused = true;
  }
  return status;
}

std::vector<BatchStatus> BatchWorld::list(const std::string& system) {
  // Other programs of the user have jobs, too.
  std::vector<BatchStatus> statuses{{.name = "interactive", .id = "17", .state = {}},
                                    {.name = "", .id = "18", .state = BatchState::kRunning}};
  for (TrueJob& job : jobs_) {
    if (job.system != system) continue;
    if (!job.isAlive() && timeline_.now() - job.startedAt > kListedAfterEnd) continue;
    if (strikes(Mishap::kHide)) {
      job.isExcused = true;
      continue;
    }
    BatchStatus status = describe(job);
    if (job.isAlive() && strikes(Mishap::kTwice)) {
      statuses.push_back({.name = job.name, .id = job.id, .state = BatchState::kEnded});
    }
    statuses.push_back(status);
  }
  return statuses;
}

void BatchWorld::cancel(const std::string& id, bool isPendingOnly) {
  TrueJob* job = jobOf(id);
  if (job == nullptr || !job->isAlive()) return;
  if (isPendingOnly && job->state != State::kPending) return;
  end(*job, "CANCELLED", false);
}

allocation::Demand BatchWorld::demand() const {
  allocation::Demand demand{.work = work_, .workersAwaited = awaited_};
  auto computing = std::ranges::count_if(
      jobs_, [](const TrueJob& job) { return job.isConnected && !job.isQuarantined; });
  if (computing > 0) demand.timeLeft = work_ / computing;
  return demand;
}

std::vector<allocation::SeenWorker> BatchWorld::workers() const {
  std::vector<allocation::SeenWorker> workers{{.allocation = ""}};
  for (const TrueJob& job : jobs_) {
    // The scheduler remembers one in quarantine, also when that has ended.
    if (!job.isConnected && !job.isQuarantined) continue;
    allocation::SeenWorker worker{.allocation = job.name, .isQuarantined = job.isQuarantined};
    if (work_ == Duration::zero()) worker.idleSince = std::max(job.connectedAt, idleSince_);
    workers.push_back(worker);
  }
  return workers;
}

void BatchWorld::compute() {
  Duration elapsed = timeline_.now() - std::exchange(computedUntil_, timeline_.now());
  bool hadWork = work_ > Duration::zero();
  for (const TrueJob& job : jobs_) {
    if (!job.isConnected || job.isQuarantined || job.isDraining) continue;
    work_ -= std::min(work_, elapsed);
  }
  if (hadWork && work_ == Duration::zero()) idleSince_ = timeline_.now();
}

void BatchWorld::drain(const std::string& name) {
  for (const TrueJob& found : jobs_) {
    if (found.name == name && found.isSuspended) jobOf(found.id)->isDeaf = true;
    if (found.name != name || !found.isConnected || found.isDeaf) continue;
    jobOf(found.id)->isDraining = true;
    later(random_.upTo(5s), found, [this](TrueJob& left) { end(left, "COMPLETED", false); });
  }
}

}  // namespace pi::simulation
