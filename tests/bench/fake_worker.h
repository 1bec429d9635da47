// A worker that computes nothing, to measure a running scheduler with.
#pragma once

#include <kj/async.h>
#include <proto/pi.capnp.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/lease.h"
#include "common/model/worker_policy.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/rpc/connection.h"
#include "common/net/transport/dial.h"

namespace pi::bench {

struct SchedulerAccess {
  std::vector<Address> addresses;
  net::DialOptions access;
};

// The scheduler of the connection file, with the key of a role.  Ends the process if there is no
// usable connection file.
SchedulerAccess findScheduler(Role role);

// The sum of what the sessions of this process did.
struct Flow {
  std::uint64_t leases = 0;
  std::uint64_t calls = 0;
  std::vector<double> waits;  // From each exchange to its leases, in milliseconds.
  Instant waitsFrom{};        // Exchanges that began before are not in `waits`.
  std::size_t present = 0;    // Sessions that are joined now.
  std::uint64_t retries = 0;  // Attempts to join that failed.
  bool isOver = false;
};

// Reports each lease as finished after `think`, with as many hits as are expected.  It reports the
// time that a worker of speed kSpeed would have taken: with a shorter time it would get larger and
// larger leases.
class FakeWorker final : private kj::TaskSet::ErrorHandler {
 public:
  static constexpr std::uint64_t kSpeed = 1'000'000'000;  // Samples a second.

  FakeWorker(net::KjLoop& loop, const SchedulerAccess& scheduler, Flow& flow, Duration think)
      : loop_(loop), scheduler_(scheduler), flow_(flow), think_(think), tasks_(*this) {}

  // Joins with the leases that it holds, like a worker that reconnects.
  kj::Promise<void> join();
  // The same, with further attempts until one succeeds.
  kj::Promise<void> joinAtLast();
  // Exchanges tallies for leases until the flow is over.
  kj::Promise<void> exchange();
  // Sends a heartbeat every `period` until the flow is over.
  kj::Promise<void> heartbeat(Duration period);
  // Joins, exchanges and sends heartbeats; reconnects if the scheduler is lost.
  kj::Promise<void> stay();
  // Speaks like a real worker until the flow is over: asks for the next lease before it is done
  // with the last one, reports each at its end, and gives signs of life as the scheduler wants it.
  kj::Promise<void> work();
  // As the scheduler told it last.
  const WorkerPolicy& policy() const { return policy_; }
  // Since when an exchange of work() waits for its answer, if one does.
  std::optional<Instant> askedAt() const { return askedAt_; }

 private:
  void introduceTo(wire::WorkerDesk::JoinParams::Builder request) const;
  void joined(wire::WorkerDesk::JoinResults::Reader answer);
  kj::Promise<void> reconnect();
  kj::Promise<void> hangUp();
  std::vector<LeaseTally> finishedTallies(const std::vector<Lease>& leases);
  kj::Promise<void> ask();
  kj::Promise<void> report(std::vector<LeaseTally> done);
  kj::Promise<void> beatWhenSilent();
  void follow(wire::Policy::Reader told);
  void taskFailed(kj::Exception&& failure) override;

  net::KjLoop& loop_;
  const SchedulerAccess& scheduler_;
  Flow& flow_;
  Duration think_;
  kj::Own<net::Connection> connection_;
  wire::WorkerSession::Client session_ = nullptr;
  std::string identity_;
  std::uint64_t lastJoin_ = 0;
  WorkerPolicy policy_{};
  Instant spokeAt_{};
  std::optional<Instant> askedAt_{};
  Instant freeAt_{};  // It is done with all its leases.
  std::size_t unfinished_ = 0;
  std::vector<Lease> held_;
  std::uint64_t lastSequence_ = 0;
  std::uint32_t attemptsFailed_ = 0;
  kj::TaskSet tasks_;  // The last member: no task outlives what it uses.
};

// Starts workers; returns when all have joined.
std::vector<std::unique_ptr<FakeWorker>> joinAll(net::KjLoop& loop,
                                                 const SchedulerAccess& scheduler,
                                                 std::size_t workers, Flow& flow, Duration think);

}  // namespace pi::bench
