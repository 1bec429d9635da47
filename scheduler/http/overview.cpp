#include "scheduler/http/overview.h"

#include <algorithm>
#include <initializer_list>
#include <map>

#include "scheduler/http/process_figures.h"

namespace pi::scheduler::http {
namespace {

template <typename State>
Json countsObject(const std::map<State, std::uint64_t>& counts,
                  std::initializer_list<State> states) {
  Json object = Json::object();
  for (State state : states) {
    auto found = counts.find(state);
    object[std::string(name(state))] = found == counts.end() ? 0 : found->second;
  }
  return object;
}

double milliseconds(Duration duration) { return 1000 * seconds(duration); }

}  // namespace

Json Overview::clusterObject() {
  ClientService& clients = service_.clients();
  Json object = infoObject(clients.info());
  using enum JobState;
  object["jobs_by_state"] = countsObject<JobState>(
      clients.jobsByState(), {kQueued, kRunning, kFinished, kCancelled, kFailed});
  std::map<WorkerState, std::uint64_t> workers;
  for (const WorkerInfo& worker : clients.workers()) ++workers[worker.state];
  object["workers_by_state"] = countsObject<WorkerState>(
      workers, {WorkerState::kActive, WorkerState::kSilent, WorkerState::kAbsent,
                WorkerState::kDraining, WorkerState::kQuarantined, WorkerState::kLost});
  return object;
}

Overview::Counts Overview::countsAt(Instant now) const {
  const Metrics& metrics = service_.metrics();
  return {.at = now,
          .leases = metrics.leasesLent,
          .tallies = metrics.talliesCounted,
          .samples = metrics.samplesCounted,
          .commits = metrics.commits,
          .committing = service_.saving().commitTimes().sum()};
}

std::string Overview::liveObject(Instant now) {
  Json object = clusterObject();
  ProcessFigures figures = processFigures();
  object["process"] = {{"cpu_seconds", figures.cpuSeconds},
                       {"memory_bytes", figures.residentBytes},
                       {"open_files", figures.openFiles}};
  object["loop_lag_ms"] = milliseconds(lag_.recent());
  Counts counts = countsAt(now);
  double passed = std::max(1e-3, seconds(now - last_.at));
  auto rate = [passed](std::uint64_t count, std::uint64_t before) {
    return static_cast<double>(count - before) / passed;
  };
  if (std::uint64_t commits = counts.commits - last_.commits; commits > 0) {
    commitMs_ = milliseconds(counts.committing - last_.committing) / static_cast<double>(commits);
  }
  object["commits"] = counts.commits;
  object["commit_ms"] = commitMs_;
  Doors doors = askDoors_();
  object["connections"] = {{"rpc", doors.rpc}, {"http", doors.http}, {"viewers", doors.viewers}};
  object["rates"] = {{"samples_per_second", rate(counts.samples, last_.samples)},
                     {"leases_per_second", rate(counts.leases, last_.leases)},
                     {"tallies_per_second", rate(counts.tallies, last_.tallies)},
                     {"commits_per_second", rate(counts.commits, last_.commits)}};
  object["commands"] = {{"worker", commands_.worker},
                        {"batch_job", commands_.batchJob},
                        {"client", commands_.client},
                        {"client_options", commands_.clientOptions}};
  last_ = counts;
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pi::scheduler::http
