// A minimal scheduler for the tests of a worker's connection.
#pragma once

#include <kj/debug.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/wire/wire.h"

namespace pi::worker {

// The work that it lends, and the messages of workers.
struct FakeScheduler {
  std::vector<Lease> work;  // The next exchange lends it.
  wire::Refusal::Code refusal = wire::Refusal::Code::NONE;
  bool failsHeartbeats = false;

  std::vector<std::string> identities;  // One for each join.
  std::vector<LeaseId> held;            // At the last join.
  std::vector<LeaseTally> reported;
  bool hasLeft = false;
  kj::Maybe<wire::WorkerControl::Client> control;
  kj::Own<kj::PromiseFulfiller<void>> changed;

  void receive(std::vector<LeaseTally> tallies) {
    reported.insert(reported.end(), tallies.begin(), tallies.end());
    notify();
  }
  void notify() {
    if (changed.get() != nullptr) changed->fulfill();
  }
};

class Session final : public wire::WorkerSession::Server {
 public:
  explicit Session(FakeScheduler& scheduler) : scheduler_(scheduler) {}

 private:
  kj::Promise<void> exchange(ExchangeContext context) override {
    auto done = fromWire(context.getParams().getDone());
    bool bringsTallies = !done.empty();
    scheduler_.receive(std::move(done));
    std::vector<Lease> leases = std::exchange(scheduler_.work, {});
    if (leases.empty() && !bringsTallies) return kj::NEVER_DONE;
    toWire(leases, context.getResults().initLeases(static_cast<capnp::uint>(leases.size())));
    return kj::READY_NOW;
  }
  kj::Promise<void> heartbeat(HeartbeatContext context) override {
    KJ_REQUIRE(!scheduler_.failsHeartbeats, "the scheduler has a bad day");
    scheduler_.receive(fromWire(context.getParams().getDone()));
    return kj::READY_NOW;
  }
  kj::Promise<void> leave(LeaveContext context) override {
    scheduler_.hasLeft = true;
    scheduler_.receive(fromWire(context.getParams().getDone()));
    return kj::READY_NOW;
  }

  FakeScheduler& scheduler_;
};

class Desk final : public wire::WorkerDesk::Server {
 public:
  explicit Desk(FakeScheduler& scheduler) : scheduler_(scheduler) {}

 private:
  kj::Promise<void> join(JoinContext context) override {
    auto hello = context.getParams().getHello();
    auto identity = hello.getIdentity().asChars();
    scheduler_.identities.emplace_back(identity.begin(), identity.end());
    scheduler_.held.clear();
    for (const LeaseRest& rest : fromWire(hello.getHeld())) {
      scheduler_.held.push_back(rest.lease);
    }
    scheduler_.control = context.getParams().getControl();
    auto results = context.getResults();
    results.setSession(kj::heap<Session>(scheduler_));
    results.setIdentity(kj::StringPtr("secret").asBytes());
    results.initPolicy().setHeartbeatNanoseconds(20'000'000);
    scheduler_.receive(fromWire(hello.getDone()));
    return kj::READY_NOW;
  }

  FakeScheduler& scheduler_;
};

class Gate final : public wire::Gate::Server {
 public:
  explicit Gate(FakeScheduler& scheduler) : scheduler_(scheduler) {}

 private:
  kj::Promise<void> enterAsWorker(EnterAsWorkerContext context) override {
    auto results = context.getResults();
    results.initRefusal().setCode(scheduler_.refusal);
    results.getRefusal().setSentence("not today");
    if (scheduler_.refusal == wire::Refusal::Code::NONE) {
      results.setDesk(kj::heap<Desk>(scheduler_));
    }
    scheduler_.notify();
    return kj::READY_NOW;
  }

  FakeScheduler& scheduler_;
};

}  // namespace pi::worker
