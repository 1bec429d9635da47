// A scheduler's core with a hand-wound clock, for tests that tell a story.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "scheduler/core/scheduler.h"

namespace pi::scheduler {

template <typename Wanted>
std::vector<Wanted> only(const Actions& actions) {
  std::vector<Wanted> found;
  for (const Action& action : actions) {
    if (const auto* wanted = std::get_if<Wanted>(&action)) found.push_back(*wanted);
  }
  return found;
}

// Every sample of `range` is a hit, so that sums are easy to foretell.
inline LeaseTally tallyOf(const Lease& lease, SampleRange range) {
  return {.lease = lease.id,
          .job = lease.job,
          .tally = {.range = range, .hits = {.strata = {range.size()}}},
          .busy = std::chrono::milliseconds(range.size())};
}
inline LeaseTally tallyOf(const Lease& lease) { return tallyOf(lease, lease.range); }

// Workers compute 1,000 samples/s unless they say otherwise, so that a millisecond is a sample; a
// lease is worth 100 samples.
class Cluster {
 public:
  static Config config() {
    Config config{.block = {.random = 1}};
    config.lease = {.target = std::chrono::milliseconds(100),
                    .minimum = std::chrono::milliseconds(10)};
    config.prefetch = std::chrono::milliseconds(20);
    config.silenceTimeout = std::chrono::seconds(15);
    config.reconnectGrace = std::chrono::seconds(5);
    config.surpriseMax = std::numeric_limits<double>::infinity();  // tallyOf() is improbable.
    return config;
  }

  explicit Cluster(const Config& config = Cluster::config(), const Saved& saved = {})
      : core_(config, saved, now_) {}

  // Whether what is to be committed is so at once; else it stays under way.
  enum class Store { kPrompt, kSlow };
  void setStore(Store store) { store_ = store; }

  Actions handle(const Event& event) {
    Actions actions = core_.handle(event, now_);
    core_.checkInvariants();
    if (store_ == Store::kSlow || only<action::Commit>(actions).empty()) return actions;
    for (Action& action : handle(event::Committed{})) actions.push_back(std::move(action));
    return actions;
  }

  // Time passes in small steps, each with the tick that was asked for; of the workers only those
  // named give signs of life.
  Actions pass(Duration duration, const std::vector<WorkerId>& alive = {}) {
    Actions all;
    auto keep = [&all](Actions&& actions) {
      for (Action& action : actions) all.push_back(std::move(action));
    };
    for (Instant until = now_ + duration; now_ < until;) {
      now_ = std::min(until, now_ + std::chrono::milliseconds(500));
      keep(handle(event::Tick{}));
      for (WorkerId worker : alive) keep(handle(event::Reported{.worker = worker, .done = {}}));
    }
    return all;
  }

  // Time passes for all at once: the scheduler's process itself did not run.
  void stall(Duration duration) { now_ += duration; }

  WorkerId join(std::uint64_t samplesPerSecond = 1000) {
    WorkerId worker{++workers_};
    rejoin(worker, {}, {}, samplesPerSecond);
    return worker;
  }
  // A worker that drains by itself after this time.
  WorkerId joinFor(Duration timeLeft) {
    WorkerId worker{++workers_};
    rejoin(worker, {}, {}, 1000, timeLeft);
    return worker;
  }
  // So many CPU threads, each of 1,000 samples/s.
  static WorkerProfile profileWithThreads(std::uint32_t threads) {
    WorkerProfile profile{.name = "node", .host = "node", .kernel = "portable", .batchJob = ""};
    profile.samplesPerSecond = 1000 * std::uint64_t{threads};
    profile.threads = profile.cpuThreads = threads;
    return profile;
  }
  WorkerId joinWithThreads(std::uint32_t threads, std::optional<Duration> timeLeft = {}) {
    WorkerId worker{++workers_};
    handle(event::WorkerJoined{.worker = worker,
                               .profile = profileWithThreads(threads),
                               .lent = {},
                               .held = {},
                               .done = {},
                               .timeLeft = timeLeft});
    return worker;
  }
  // With leases as they are held; tickets show that they were lent like that.
  Actions rejoin(WorkerId worker, const std::vector<Lease>& held, std::vector<LeaseTally> done = {},
                 std::uint64_t samplesPerSecond = 1000, std::optional<Duration> timeLeft = {}) {
    std::vector<LeaseRest> rests;
    rests.reserve(held.size());
    for (const Lease& lease : held) rests.push_back({.lease = lease.id, .range = lease.range});
    WorkerProfile profile{.name = "node", .host = "node", .kernel = "portable", .batchJob = ""};
    profile.samplesPerSecond = samplesPerSecond;
    return handle(event::WorkerJoined{.worker = worker,
                                      .profile = std::move(profile),
                                      .lent = held,
                                      .held = std::move(rests),
                                      .done = std::move(done),
                                      .timeLeft = timeLeft});
  }

  JobId submit(std::uint64_t samples, std::uint64_t chunkSize = 1, std::int32_t priority = 0) {
    return submit(JobSpec{.samples = samples, .chunkSize = chunkSize, .priority = priority});
  }
  JobId submit(const JobSpec& spec) {
    handle(event::JobSubmitted{.spec = spec});
    return core_.lastJob();
  }

  Actions exchange(WorkerId worker, std::vector<LeaseTally> done = {}) {
    return handle(event::Exchanged{.worker = worker, .done = std::move(done)});
  }
  Actions report(WorkerId worker, const LeaseTally& tally) {
    return handle(event::Reported{.worker = worker, .done = {tally}});
  }

  // The lease of an exchange that is answered at once with one lease.
  Lease lend(WorkerId worker) {
    std::vector<action::Lend> lent = only<action::Lend>(exchange(worker));
    REQUIRE(lent.size() == 1);
    REQUIRE(lent[0].worker == worker);
    REQUIRE(lent[0].leases.size() == 1);
    return lent[0].leases[0];
  }

  JobInfo job(JobId id) const { return core_.job(id, now_).value(); }
  WorkerInfo worker(WorkerId id) const {
    for (WorkerInfo& info : core_.workers(now_)) {
      if (info.id == id) return std::move(info);
    }
    FAIL("no such worker");
    return {};
  }
  const Scheduler& core() const { return core_; }
  Instant now() const { return now_; }

 private:
  Instant now_ = Instant{} + std::chrono::hours(1);
  Scheduler core_;
  Store store_ = Store::kPrompt;
  std::uint64_t workers_ = 0;
};

}  // namespace pi::scheduler
