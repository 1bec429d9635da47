// A worker that computes nothing: a session with a running scheduler, to measure that by.
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

struct Whereabouts {
  std::vector<Address> addresses;
  net::DialOptions access;
};

// Where the connection file leads to, with that role's key.  Ends the process if it leads nowhere.
Whereabouts findScheduler(Role role);

// What the sessions of a process did together.
struct Flow {
  std::uint64_t leases = 0;
  std::vector<double> waits;  // In milliseconds, from the exchange to its leases.
  std::size_t present = 0;    // Sessions that have joined and not lost the scheduler since.
  bool isOver = false;
};

// Reports each lease as done after `think`, all samples as misses.  It says that it took as long as
// a worker of its speed would have: else it would be lent ever more, and soon all there is.
class FakeWorker {
 public:
  static constexpr std::uint64_t kSpeed = 1'000'000'000;  // Samples a second.

  FakeWorker(net::KjLoop& loop, const Whereabouts& scheduler, Flow& flow, Duration think)
      : loop_(loop), scheduler_(scheduler), flow_(flow), think_(think) {}

  // Offers what it holds, as a worker does that comes back.
  kj::Promise<void> join();
  // Tallies up, leases down, again and again until the flow is over.
  kj::Promise<void> exchange();
  // Every `period` until the flow is over.
  kj::Promise<void> heartbeat(Duration period);
  // Joins, exchanges, is heard of; and when the scheduler is lost, comes back.
  kj::Promise<void> stay();

 private:
  void introduceTo(wire::WorkerDesk::JoinParams::Builder request) const;
  void joined(wire::WorkerDesk::JoinResults::Reader answer);
  kj::Promise<void> comeBack();

  net::KjLoop& loop_;
  const Whereabouts& scheduler_;
  Flow& flow_;
  Duration think_;
  kj::Own<net::Connection> connection_;
  wire::WorkerSession::Client session_ = nullptr;
  std::string identity_;
  Duration heartbeatPeriod_{};
  std::vector<Lease> held_;
  std::uint64_t lastSequence_ = 0;
  std::uint32_t attemptsFailed_ = 0;
};

// All of them have joined.
std::vector<std::unique_ptr<FakeWorker>> joinAll(net::KjLoop& loop, const Whereabouts& scheduler,
                                                 std::size_t workers, Flow& flow, Duration think);

}  // namespace pi::bench
