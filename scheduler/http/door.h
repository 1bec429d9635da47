// The HTTP door: connections of browsers and monitors, their requests, and the limits on both.
#pragma once

#include <kj/compat/http.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "common/base/rate_limit.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/transport/buffered_socket.h"
#include "scheduler/http/access.h"
#include "scheduler/http/answer.h"
#include "scheduler/http/control_sessions.h"
#include "scheduler/http/limits.h"
#include "scheduler/http/site.h"
#include "scheduler/service/ignore_failures.h"

namespace pi::scheduler::http {

// Tests shorten and lower them.
struct DoorLimits {
  std::size_t connectionsMax = kHttpConnectionsMax;
  std::size_t requestsInFlightMax = kRequestsInFlightMax;
  Duration headTimeout = kHeadTimeout;
  Duration idleMax = kHttpIdleMax;
  Duration bodyTimeout = kBodyTimeout;
  Duration changeTimeout = kChangeTimeout;
  Duration answerTimeout = kAnswerTimeout;
  Duration frameTimeout = kLiveFrameTimeout;
};

// Requests since the start.
struct DoorCounts {
  std::uint64_t granted = 0;
  std::uint64_t refused = 0;    // With a status from 400 to 499.
  std::uint64_t failed = 0;     // By an error of our own.
  std::uint64_t displaced = 0;  // Connections that were closed because others came.
};

// A connection that has not shown a token ends with its first answer: so strangers pay for each
// request with an accept, which runs in the background of the loop.
class Door final : private kj::HttpServerErrorHandler, private kj::HttpServerCallbacks {
 public:
  Door(net::KjLoop& loop, DoorKeys keys, Site& site, const DoorLimits& limits = {});
  KJ_DISALLOW_COPY(Door);
  ~Door() noexcept(false);

  // Serves the peer until its connection ends.
  void admit(std::shared_ptr<net::BufferedSocket> socket);

  // Opens sessions that may change something.
  ControlSessions& control() { return control_; }

  std::size_t connections() const { return peers_.size(); }
  std::size_t viewers() const { return viewers_; }  // The live view's.
  const DoorCounts& counts() const { return counts_; }

 private:
  class Visitor;
  struct Peer {
    std::shared_ptr<net::BufferedSocket> socket;
    bool isKnown = false;    // It has shown a token.
    bool isLeaving = false;  // Its socket was closed.
  };
  struct HeaderIds;

  bool isFull();
  bool makeRoom();
  void leave(std::uint64_t peer);
  // Begins an answer.  `isLast`: the connection ends after it.
  kj::Promise<void> send(kj::HttpService::Response& response, const Answer& answer, bool isLast);
  void noteRefusal(const Peer& peer, const Failure& failure);

  kj::Promise<void> handleClientProtocolError(kj::HttpHeaders::ProtocolError error,
                                              kj::HttpService::Response& response) override;
  kj::Promise<void> handleApplicationError(kj::Exception exception,
                                           kj::Maybe<kj::HttpService::Response&> response) override;
  kj::Promise<void> handleNoResponse(kj::HttpService::Response&) override { return kj::READY_NOW; }
  bool shouldClose() override { return isLast_; }

  net::KjLoop& loop_;
  const DoorKeys keys_;
  Site& site_;
  const DoorLimits limits_;
  kj::Own<HeaderIds> ids_;
  ControlSessions control_;
  DoorCounts counts_;
  RateLimit refusalLines_;
  std::map<std::uint64_t, Peer> peers_;  // In the order of their arrival.
  // Sockets that are served no longer, and wait for their peers to close, too.
  std::deque<std::weak_ptr<net::BufferedSocket>> leaving_;
  std::uint64_t lastPeer_ = 0;
  std::size_t inFlight_ = 0;
  std::size_t viewers_ = 0;
  bool isLast_ = false;       // The answer that begins now is the last one on its connection.
  kj::Own<Visitor> visitor_;  // Serves the connection that admit() is about to begin.
  kj::Own<kj::HttpServer> server_;

  // Last, so that no task outlives what it uses.
  IgnoreFailures ignoreFailures_;
  kj::TaskSet ends_;
};

}  // namespace pi::scheduler::http
