// A worker that computes nothing, to measure a running scheduler with.
#pragma once

#include <kj/async.h>
#include <proto/pi.capnp.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/model/lease.h"
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
  std::vector<double> waits;  // From each exchange to its leases, in milliseconds.
  std::size_t present = 0;    // Sessions that are joined now.
  bool isOver = false;
};

// Reports each lease as finished after `think`, with as many hits as are expected.  It reports the
// time that a worker of speed kSpeed would have taken: with a shorter time it would get larger and
// larger leases.
class FakeWorker {
 public:
  static constexpr std::uint64_t kSpeed = 1'000'000'000;  // Samples a second.

  FakeWorker(net::KjLoop& loop, const SchedulerAccess& scheduler, Flow& flow, Duration think)
      : loop_(loop), scheduler_(scheduler), flow_(flow), think_(think) {}

  // Joins with the leases that it holds, like a worker that reconnects.
  kj::Promise<void> join();
  // Exchanges tallies for leases until the flow is over.
  kj::Promise<void> exchange();
  // Sends a heartbeat every `period` until the flow is over.
  kj::Promise<void> heartbeat(Duration period);
  // Joins, exchanges and sends heartbeats; reconnects if the scheduler is lost.
  kj::Promise<void> stay();

 private:
  void introduceTo(wire::WorkerDesk::JoinParams::Builder request) const;
  void joined(wire::WorkerDesk::JoinResults::Reader answer);
  kj::Promise<void> reconnect();

  net::KjLoop& loop_;
  const SchedulerAccess& scheduler_;
  Flow& flow_;
  Duration think_;
  kj::Own<net::Connection> connection_;
  wire::WorkerSession::Client session_ = nullptr;
  std::string identity_;
  std::uint64_t lastJoin_ = 0;
  Duration heartbeatPeriod_{};
  std::vector<Lease> held_;
  std::uint64_t lastSequence_ = 0;
  std::uint32_t attemptsFailed_ = 0;
};

// Starts workers; returns when all have joined.
std::vector<std::unique_ptr<FakeWorker>> joinAll(net::KjLoop& loop,
                                                 const SchedulerAccess& scheduler,
                                                 std::size_t workers, Flow& flow, Duration think);

}  // namespace pi::bench
