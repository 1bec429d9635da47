#include "scheduler/http/metrics_page.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/model/stream.h"
#include "common/model/version.h"
#include "common/net/loop/clock.h"
#include "scheduler/core/counters.h"
#include "scheduler/http/metrics_text.h"
#include "scheduler/http/process_figures.h"

namespace pi::scheduler::http {
namespace {

// A worker may claim any kernel; a label has few values.
std::string_view kernelLabel(std::string_view kernel) {
  constexpr std::array<std::string_view, 5> kKnown = {"avx512", "avx2", "sse2", "neon", "portable"};
  return std::ranges::find(kKnown, kernel) != kKnown.end() ? kernel : "other";
}

void putJobs(MetricsText& text, ClientService& clients) {
  text.gauge("pi_jobs", "Jobs by state; ended ones are forgotten after a time.");
  std::map<JobState, std::uint64_t> counts = clients.jobsByState();
  using enum JobState;
  for (JobState state : {kQueued, kRunning, kFinished, kCancelled, kFailed}) {
    text.add(counts[state], {{"state", name(state)}});
  }
}

void putWorkers(MetricsText& text, ClientService& clients) {
  std::map<WorkerState, std::uint64_t> states;
  std::map<std::string_view, std::uint64_t> kernels;
  const std::vector<WorkerInfo> workers = clients.workers();
  for (const WorkerInfo& worker : workers) {
    ++states[worker.state];
    if (worker.state != WorkerState::kLost) ++kernels[kernelLabel(worker.profile.kernel)];
  }
  text.gauge("pi_workers", "Workers by state.");
  using enum WorkerState;
  for (WorkerState state : {kActive, kSilent, kAbsent, kDraining, kQuarantined, kLost}) {
    text.add(states[state], {{"state", name(state)}});
  }
  text.gauge("pi_workers_by_kernel", "Workers that are not lost, by their kernel.");
  for (const auto& [kernel, count] : kernels) text.add(count, {{"kernel", kernel}});
  SchedulerInfo info = clients.info();
  text.gauge("pi_worker_threads", "Threads of the workers that are connected.");
  text.add(info.threads);
  text.gauge("pi_samples_per_second", "Speed of the connected workers, with and without work.");
  text.add(info.samplesPerSecond);
}

void putCounters(MetricsText& text, const Metrics& metrics) {
  for (const Counter& counter : kCounters) {
    text.counter("pi_" + std::string(counter.name) + "_total", counter.help);
    text.add(metrics.*counter.value);
  }
  text.counter("pi_tallies_dropped_total", "Tallies that were not counted, by the reason.");
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    text.add(metrics.talliesDropped[i], {{"reason", labelOf(static_cast<DropReason>(i))}});
  }
}

void putConnections(MetricsText& text, const OtherFigures& others) {
  text.gauge("pi_connections", "RPC connections by the role of the peer's key.");
  for (Role role : {Role::kWorker, Role::kClient, Role::kOwner, Role::kAnyone}) {
    auto found = others.connections.find(role);
    text.add(found == others.connections.end() ? 0 : found->second, {{"role", name(role)}});
  }
  text.counter("pi_handshakes_total", "TLS handshakes of peers that have ended, by their result.");
  text.add(others.handshakesSucceeded, {{"result", "succeeded"}});
  text.add(others.handshakesRefused, {{"result", "refused"}});
  text.histogram(
      "pi_rpc_call_duration_seconds",
      "Time until RPC calls were answered; exchange and wait answer when there is news.");
  for (const OtherFigures::Call& call : others.calls) {
    if (call.times->count() > 0) text.add(*call.times, {{"method", call.method}});
  }
}

void putLeases(MetricsText& text, const LeaseHistory& leases) {
  text.counter("pi_leases_ended_total", "Leases that ended, by their outcome.");
  for (std::size_t i = 0; i < kLeaseOutcomes; ++i) {
    auto outcome = static_cast<LeaseOutcome>(i);
    if (outcome == LeaseOutcome::kRunning) continue;
    text.add(leases.endedAs(outcome), {{"outcome", name(outcome)}});
  }
}

void putDoor(MetricsText& text, const Door& door) {
  const DoorCounts& counts = door.counts();
  text.gauge("pi_http_connections", "Connections at the HTTP door.");
  text.add(std::uint64_t{door.connections()});
  text.gauge("pi_http_viewers", "Viewers of the dashboard's live view.");
  text.add(std::uint64_t{door.viewers()});
  text.counter("pi_http_requests_total", "HTTP requests by their result.");
  text.add(counts.granted, {{"result", "granted"}});
  text.add(counts.refused, {{"result", "refused"}});
  text.add(counts.failed, {{"result", "failed"}});
  text.counter("pi_http_connections_displaced_total",
               "HTTP connections that were closed because others came.");
  text.add(counts.displaced);
}

void putProcess(MetricsText& text, WallTime startedAt) {
  ProcessFigures figures = processFigures();
  text.counter("process_cpu_seconds_total", "CPU time of this process.");
  text.add(figures.cpuSeconds);
  text.gauge("process_resident_memory_bytes", "Resident memory of this process.");
  text.add(figures.residentBytes);
  text.gauge("process_virtual_memory_bytes", "Virtual memory of this process.");
  text.add(figures.virtualBytes);
  text.gauge("process_open_fds", "Open files of this process.");
  text.add(figures.openFiles);
  text.gauge("process_max_fds", "Files that this process may open.");
  text.add(figures.openFilesMax);
  text.gauge("process_start_time_seconds", "Start of this process, since 1970.");
  text.add(seconds(startedAt.time_since_epoch()));
}

}  // namespace

MetricsPage::MetricsPage(SchedulerService& service, const Histogram& loopLag)
    : service_(service), loopLag_(loopLag), startedAt_(net::wallNow()) {}

std::string MetricsPage::text(const Door& door) {
  MetricsText text;
  text.gauge("pi_build_info", "Version of the scheduler; the value is always 1.");
  text.add(std::uint64_t{1}, {{"version", programVersion()},
                              {"git_commit", gitCommit()},
                              {"stream_version", std::to_string(kStreamVersion)}});
  OtherFigures others = ask_();
  putJobs(text, service_.clients());
  putWorkers(text, service_.clients());
  putCounters(text, service_.metrics());
  putLeases(text, service_.clients().history().leases());
  putConnections(text, others);
  putDoor(text, door);
  text.histogram("pi_loop_lag_seconds", "How late timers of the scheduler's loop were served.");
  text.add(loopLag_);
  text.histogram("pi_commit_duration_seconds", "Time until batches of changes were committed.");
  text.add(service_.saving().commitTimes());
  text.gauge("pi_store_size_bytes", "Size of the jobs' file with its log.");
  text.add(others.storeBytes);
  putProcess(text, startedAt_);
  return text.take();
}

}  // namespace pi::scheduler::http
