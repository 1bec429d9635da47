// A client and a worker that tests drive call by call, on the programs' own library.  They can send
// what the programs would not send.
#pragma once

#include <string>
#include <vector>

#include "common/model/lease.h"
#include "common/net/rpc/client_link.h"
#include "common/net/rpc/connection.h"
#include "proto/pi.capnp.h"
#include "tests/cluster/cluster.h"

namespace pi::cluster {

// Connects as a client and enters.
net::ClientLink callAsClient(net::KjLoop& loop, const Cluster& cluster);

// A worker that has entered.  It claims one thread and 10^8 samples per second.
class WorkerByHand {
 public:
  WorkerByHand(net::KjLoop& loop, const Cluster& cluster);

  // The content of the worker's first message.
  struct Hello {
    std::string identity{};
    std::uint64_t lastJoin = 0;
    std::vector<Lease> lent{};
    std::vector<LeaseRest> held{};
    std::vector<LeaseTally> done{};
  };
  struct Welcome {
    std::string refusal;  // The sentence of a refusal; empty if the worker was accepted.
    std::string identity{};
    std::uint64_t join = 0;
    std::vector<LeaseId> forget{};
    Duration heartbeat{};  // As the scheduler wants it.
  };
  Welcome join(const Hello& hello);

  // Both need a join first.  The first waits until the scheduler lends something; the second throws
  // kj::Exception if the session has ended.
  std::vector<Lease> askForWork();
  void report(const std::vector<LeaseTally>& done);

 private:
  net::KjLoop& loop_;
  kj::Own<net::Connection> connection_;
  wire::WorkerDesk::Client desk_ = nullptr;
  wire::WorkerSession::Client session_ = nullptr;
};

}  // namespace pi::cluster
