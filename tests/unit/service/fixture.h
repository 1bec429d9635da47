// A scheduler without sockets and without the wire, its fake disk and its fake workers.
#pragma once

#include <doctest/doctest.h>
#include <kj/async.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/net/loop/kj_loop.h"
#include "scheduler/service/scheduler_service.h"

namespace pi::scheduler::testing {

using Submitted = ClientService::Submitted;
using Joined = WorkerService::Joined;
using Lent = WorkerService::Lent;

inline const JobSpec kSpec{.stream = {.seed = 7}, .samples = 1000, .chunkSize = 100};

// The calls that a worker got.
struct Told {
  bool drain = false;
  bool expectRestart = false;
  std::vector<LeaseId> truncate;
  // If set, the worker answers a truncation when the test fulfils `truncated`.
  bool isSlow = false;
  std::vector<kj::Own<kj::PromiseFulfiller<std::uint64_t>>> truncated;
};

class FakeControl final : public WorkerControl {
 public:
  explicit FakeControl(Told& told) : told_(told) {}
  kj::Promise<void> drain() override {
    told_.drain = true;
    return kj::READY_NOW;
  }
  kj::Promise<std::uint64_t> truncate(LeaseId lease, std::uint64_t end) override {
    told_.truncate.push_back(lease);
    if (!told_.isSlow) return kj::evalLater([end] { return end; });
    auto [promise, fulfiller] = kj::newPromiseAndFulfiller<std::uint64_t>();
    told_.truncated.push_back(kj::mv(fulfiller));
    return kj::mv(promise);
  }
  kj::Promise<void> expectRestart() override {
    told_.expectRestart = true;
    return kj::READY_NOW;
  }

 private:
  Told& told_;
};

// A scheduler whose disk answers when the test says so.
struct Fixture {
  explicit Fixture(const Config& config = {.block = {.random = 1}},
                   const SchedulerService::Inheritance& inheritance = {})
      : service(loop, config, inheritance) {
    service.saving().saveTo([this](const Changes&) { ++batches; });
  }

  // Lets everything happen that waits for nothing else.
  void settle() { loop.waitScope().poll(); }
  // The disk has taken everything.
  void save() {
    for (settle(); batches > 0; settle()) {
      --batches;
      service.saving().saved();
    }
  }
  Submitted submit(const std::string& requestId = "") {
    auto promise = service.clients().submit(kSpec, requestId);
    while (!promise.poll(loop.waitScope())) {
      service.saving().saved();
      --batches;
    }
    return std::get<Submitted>(promise.wait(loop.waitScope()));
  }
  OrRefusal<Joined> join(WorkerService::Hello hello) {
    hello.profile.name = "w";
    hello.profile.samplesPerSecond = 1000;
    return service.workers().join(std::move(hello), kj::heap<FakeControl>(told));
  }
  // As a new worker, or as one that was there before.
  OrRefusal<Joined> join(const std::string& identity = "", std::uint64_t lastJoin = 0) {
    return join(WorkerService::Hello{.identity = identity, .lastJoin = lastJoin});
  }
  Joined joined() { return std::get<Joined>(join()); }
  Joined joinedAgain(const Joined& last) {
    return std::get<Joined>(join(last.identity, last.session.serial));
  }

  // The leases that the worker gets at once.
  std::vector<Lease> lentTo(SessionId session) {
    auto exchange = service.workers().exchange(session, {});
    REQUIRE(exchange.poll(loop.waitScope()));
    return std::get<Lent>(exchange.wait(loop.waitScope())).leases;
  }
  JobInfo job(JobId id) { return std::get<JobInfo>(service.clients().find(id)); }

  net::KjLoop loop;
  SchedulerService service;
  int batches = 0;  // Not answered yet.
  Told told;
};

template <typename T>
RefusalCode codeOf(const OrRefusal<T>& answer) {
  REQUIRE(std::holds_alternative<Refusal>(answer));
  return std::get<Refusal>(answer).code;
}

// A tally of the whole lease without a hit.
inline LeaseTally tallyOf(const Lease& lease, std::uint64_t sequence) {
  return {.lease = lease.id,
          .job = lease.job,
          .tally = {.range = lease.range, .hits = {.strata = {lease.range.size() * 785 / 1000}}},
          .busy = std::chrono::milliseconds(1),
          .sequence = sequence};
}

// Computes everything that there is to compute.
inline void computeAll(Fixture& fixture, SessionId session) {
  std::vector<LeaseTally> done;
  std::uint64_t sequence = 0;
  while (fixture.service.hasUnfinishedJobs()) {
    auto exchange = fixture.service.workers().exchange(session, std::move(done));
    done.clear();
    if (!exchange.poll(fixture.loop.waitScope())) return;
    Lent lent = std::get<Lent>(exchange.wait(fixture.loop.waitScope()));
    for (const Lease& lease : lent.leases) done.push_back(tallyOf(lease, ++sequence));
    if (fixture.batches > 0) fixture.save();
  }
}

}  // namespace pi::scheduler::testing
