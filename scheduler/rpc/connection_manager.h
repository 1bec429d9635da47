// The scheduler's connections: lets peers in, and tells the service when they are gone.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <map>
#include <string>

#include "common/base/rate_limit.h"
#include "common/net/rpc/connection.h"
#include "scheduler/rpc/call_times.h"
#include "scheduler/rpc/peer_session.h"
#include "scheduler/service/ignore_failures.h"
#include "scheduler/service/scheduler_service.h"

namespace pi::scheduler {

class ConnectionManager {
 public:
  // `schedulerId`: the id in the connection file; empty without one.
  explicit ConnectionManager(SchedulerService& service, std::string schedulerId = "");
  KJ_DISALLOW_COPY(ConnectionManager);

  const std::string& schedulerId() const { return schedulerId_; }

  // The places of peers without keys.
  Places& places() { return places_; }

  const CallTimes& callTimes() const { return callTimes_; }

  // Serves the peer until its connection ends.  Ends it if the peer has not become a client or a
  // worker within kEntryTimeout.
  void admit(kj::Own<net::MessageSocket> socket);

  // Resolves when every answer that is due has left this process, or its connection has failed.
  kj::Promise<void> flush();

  // Ends every connection.  Resolves when the peers have ended theirs.  No peer may be admitted
  // meanwhile.
  kj::Promise<void> closeAll();

 private:
  struct Peer {
    kj::Own<PeerSession> session;
    kj::Own<net::Connection> connection;  // Destroyed first: what it serves uses the session.
  };
  void expectEntry(Peer& peer);
  void leave(std::uint64_t peer);
  void warn(const std::string& line);

  SchedulerService& service_;
  const std::string schedulerId_;
  Places places_;
  CallTimes callTimes_;
  std::map<std::uint64_t, Peer> peers_;
  std::uint64_t lastPeer_ = 0;
  RateLimit warnings_;

  // Last, so that no task outlives what it uses.
  IgnoreFailures ignoreFailures_;
  kj::TaskSet ends_;
};

}  // namespace pi::scheduler
