// Peers by hand: they speak to a scheduler by the programs' own library, and may say what no
// program of ours would.
#pragma once

#include <string>
#include <vector>

#include "common/model/lease.h"
#include "common/net/rpc/client_link.h"
#include "common/net/rpc/connection.h"
#include "proto/pi.capnp.h"
#include "tests/cluster/cluster.h"

namespace pi::cluster {

// A client that is let in.
net::ClientLink callAsClient(net::KjLoop& loop, const Cluster& cluster);

// A worker of one thread, through the gate, that says it computes 10^8 samples a second.
class WorkerByHand {
 public:
  WorkerByHand(net::KjLoop& loop, const Cluster& cluster);

  // What it brings along.
  struct Hello {
    std::string identity{};
    std::vector<Lease> lent{};
    std::vector<LeaseRest> held{};
    std::vector<LeaseTally> done{};
  };
  struct Welcome {
    std::string refusal;  // The sentence; empty, and the rest not, when it was let in.
    std::string identity;
    std::vector<LeaseId> forget;
  };
  Welcome join(const Hello& hello);

  // Once it has joined.  Waits until it is lent something.
  std::vector<Lease> askForWork();
  // Throws kj::Exception if nobody listens any more.
  void report(const std::vector<LeaseTally>& done);

 private:
  net::KjLoop& loop_;
  kj::Own<net::Connection> connection_;
  wire::WorkerDesk::Client desk_ = nullptr;
  wire::WorkerSession::Client session_ = nullptr;
};

}  // namespace pi::cluster
