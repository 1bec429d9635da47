#include "tests/cluster/chaos_run.h"

#include <algorithm>
#include <csignal>
#include <iterator>
#include <thread>

#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kWorkersMin = 4;
constexpr std::size_t kWorkersMax = 8;
constexpr auto kPollPeriod = 250ms;
constexpr auto kRecoveryPatience = 10s;
constexpr auto kDrainPatience = 5s;
constexpr std::array kDrainSignals{SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};

// The last number of computed samples in the worker's log.
std::uint64_t computedBy(const Process& worker) {
  const std::string before = "computed so far: ";
  std::string log = worker.err();
  auto at = log.rfind(before);
  return at == std::string::npos ? 0 : std::stoull(log.substr(at + before.size()));
}

}  // namespace

ChaosRun::ChaosRun(const ChaosOptions& options) : options_(options) {}

ChaosFigures ChaosRun::run() {
  std::vector<PlannedFault> plan = drawPlan(options_.seed, options_.duration);
  if (options_.sparesScheduler) {
    std::erase_if(plan, [](const PlannedFault& each) {
      return each.fault == Fault::kKillScheduler || each.fault == Fault::kEndScheduler;
    });
  }
  for (std::size_t i = 0; i < kWorkersMax; ++i) addWorker();
  client_ =
      cluster_.startClient({"run", std::to_string(options_.samples), "--json", "--no-progress"});
  waitUntil("the job is listed", [this] { return !cluster_.ask({"list"}).at("jobs").empty(); });

  auto begin = Clock::now();
  auto next = plan.begin();
  while (!client_->hasEnded()) {
    checkWorkers();
    noteProgress();
    if (next != plan.end() && progressShare() >= next->at) {
      cause(*next++);
    } else {
      std::this_thread::sleep_for(kPollPeriod);
    }
  }
  if (next != plan.end()) {
    figures_.violations.push_back("the job ended before " +
                                  std::to_string(std::distance(next, plan.end())) +
                                  " planned faults had happened");
  }
  figures_.wall = Clock::now() - begin;
  finish();
  return figures_;
}

void ChaosRun::cause(const PlannedFault& planned) {
  Worker* worker = pick(planned.choice);
  bool isSpare = worker != nullptr && workersAtWork() > kWorkersMin;
  bool isDone = true;
  switch (planned.fault) {
    case Fault::kKillScheduler:
      restartScheduler(planned, SIGKILL);
      break;
    case Fault::kEndScheduler:
      restartScheduler(planned, SIGTERM);
      break;
    case Fault::kSuspendScheduler:
      suspendScheduler(planned.length);
      break;
    case Fault::kKillWorker:
      if ((isDone = isSpare)) {
        worker->process->signal(SIGKILL);
        worker->process->wait();
        retire(*worker, true);
      }
      break;
    case Fault::kSuspendWorker:
      if ((isDone = isSpare)) {
        worker->process->signal(SIGSTOP);
        worker->until = Clock::now() + planned.length;
      }
      break;
    case Fault::kDrainWorker:
      if ((isDone = isSpare)) {
        worker->process->signal(kDrainSignals[planned.choice % kDrainSignals.size()]);
        worker->isDraining = true;
        // checkWorkers() reports a violation after this time.
        worker->until = Clock::now() + kDrainPatience;
      }
      break;
    case Fault::kAddWorker:
      if ((isDone = workers_.size() < kWorkersMax)) addWorker();
      break;
  }
  forgetRetired();
  if (isDone) ++figures_.done[static_cast<std::size_t>(planned.fault)];
}

void ChaosRun::restartScheduler(const PlannedFault& planned, int signal) {
  noteProgress();
  auto down = Clock::now();
  cluster_.scheduler().signal(signal);
  int exitCode = cluster_.scheduler().wait();
  if (signal == SIGTERM && exitCode != 0) {
    figures_.violations.push_back("a scheduler that got SIGTERM had exit code " +
                                  std::to_string(exitCode));
  }
  std::this_thread::sleep_for(planned.length);
  auto started = Clock::now();
  cluster_.restartScheduler();
  auto downtime = Clock::now() - down;
  figures_.downtime += downtime;
  figures_.downtimeMax = std::max(figures_.downtimeMax, downtime);
  noteProgress();
  // Near the end of the job there is not enough work for all workers.
  if (progressShare() < 0.95) awaitProductiveWorkers(started);
}

void ChaosRun::awaitProductiveWorkers(Clock::time_point since) {
  while (!client_->hasEnded() && Clock::now() - since < kRecoveryPatience) {
    checkWorkers();
    if (areProductive()) {
      figures_.recoveries.push_back(Clock::now() - since);
      return;
    }
    std::this_thread::sleep_for(20ms);
  }
  if (!client_->hasEnded()) figures_.recoveries.push_back(kRecoveryPatience);
}

// Whether each worker holds a lease, except those that are suspended or draining.
bool ChaosRun::areProductive() {
  const Json answer = cluster_.ask({"workers"});
  return std::all_of(workers_.begin(), workers_.end(), [&answer](const Worker& worker) {
    if (worker.until) return true;
    const Json& all = answer.at("workers");
    return std::any_of(all.begin(), all.end(), [&worker](const Json& info) {
      return info.at("pid") == worker.process->pid() && info.at("leases") > 0;
    });
  });
}

void ChaosRun::suspendScheduler(Milliseconds length) {
  cluster_.scheduler().signal(SIGSTOP);
  std::this_thread::sleep_for(length);
  cluster_.scheduler().signal(SIGCONT);
}

void ChaosRun::addWorker() {
  Words words = {"--threads", "1", "--log-level", "debug"};
  words.insert(words.end(), kSlowly.begin(), kSlowly.end());
  workers_.push_back({.process = cluster_.startWorker(words)});
}

// Resumes suspended workers when it is time, and removes workers that have ended.
void ChaosRun::checkWorkers() {
  auto now = Clock::now();
  for (Worker& worker : workers_) {
    if (worker.process->hasEnded()) {
      int exitCode = worker.process->wait();
      if (!worker.isDraining || exitCode != 0) {
        figures_.violations.push_back("a worker ended with exit code " + std::to_string(exitCode) +
                                      ": " + worker.process->err());
      }
      retire(worker, false);
    } else if (worker.until && now >= *worker.until) {
      if (worker.isDraining) {
        figures_.violations.push_back("a worker did not drain in time: " + worker.process->err());
        worker.process->signal(SIGKILL);
        worker.process->wait();
        retire(worker, true);
      } else {
        worker.process->signal(SIGCONT);
        worker.until.reset();
      }
    }
  }
  forgetRetired();
}

void ChaosRun::forgetRetired() {
  std::erase_if(workers_, [](const Worker& worker) { return worker.process == nullptr; });
}

void ChaosRun::retire(Worker& worker, bool wasKilled) {
  figures_.computed += computedBy(*worker.process);
  // A worker logs its samples with each span, and no span takes longer than a second.
  if (wasKilled) {
    auto sharers = static_cast<double>(workersAtWork());
    figures_.computedUnlogged += static_cast<std::uint64_t>(options_.samplesPerSecond / sharers);
  }
  worker.process.reset();
}

// A worker that has joined and is neither suspended nor draining; null if there is none.
ChaosRun::Worker* ChaosRun::pick(std::uint32_t choice) {
  std::vector<Worker*> candidates;
  for (Worker& worker : workers_) {
    bool hasJoined = mentions(worker.process->err(), "joined the scheduler");
    if (hasJoined && !worker.until) candidates.push_back(&worker);
  }
  return candidates.empty() ? nullptr : candidates[choice % candidates.size()];
}

std::size_t ChaosRun::workersAtWork() const {
  return static_cast<std::size_t>(
      std::count_if(workers_.begin(), workers_.end(),
                    [](const Worker& worker) { return !worker.until.has_value(); }));
}

double ChaosRun::progressShare() const {
  return static_cast<double>(progress_) / static_cast<double>(options_.samples);
}

void ChaosRun::noteProgress() {
  Ended client = cluster_.runClient({"status", "1", "--json"});
  if (client.exitCode != 0) {
    figures_.violations.push_back("no status of the job: " + client.err);
    return;
  }
  Json status = Json::parse(client.out);
  std::uint64_t counted = status.at("samples_counted");
  figures_.progressLossMax =
      std::max(figures_.progressLossMax, progress_ - std::min(progress_, counted));
  progress_ = std::max(progress_, counted);
}

void ChaosRun::finish() {
  figures_.clientExitCode = client_->wait();
  figures_.clientOut = client_->out();
  figures_.clientErr = client_->err();
  for (Worker& worker : workers_) {
    worker.process->signal(SIGKILL);
    worker.process->wait();
    retire(worker, false);  // The job has ended, so it computes nothing.
  }
  workers_.clear();
}

}  // namespace pi::cluster
