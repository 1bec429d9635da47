// Measures the cost of a connection and of its calls for both ends together, with and without TLS.
// Both ends are on one thread of this process, so that no end waits for another core.
#include <kj/async.h>
#include <kj/vector.h>
#include <proto/pi.capnp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

#include "common/net/loop/clock.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/rpc/connection.h"
#include "common/net/tls/keys.h"
#include "common/net/tls/tls.h"
#include "common/net/transport/dial.h"
#include "common/net/transport/listener.h"

namespace pi::net {
namespace {

constexpr int kCallsInFlight = 200;

class Answerer final : public wire::WorkerSession::Server {
  kj::Promise<void> heartbeat(HeartbeatContext context) override {
    context.getResults().setCommitted(context.getParams().getDone().size());
    return kj::READY_NOW;
  }
};

struct Contexts {
  std::shared_ptr<const TlsContext> caller;
  std::shared_ptr<const TlsContext> called;
};

Contexts freshContexts() {
  Secret scheduler = makeKeyPair("pi-scheduler");
  Secret worker = makeKeyPair("pi-worker");
  using Roles = std::map<std::string, Role>;
  return {.caller = std::make_shared<TlsContext>(
              TlsSide::kCaller, worker, Roles{{fingerprintOf(scheduler), Role::kScheduler}}),
          .called = std::make_shared<TlsContext>(TlsSide::kCalled, scheduler,
                                                 Roles{{fingerprintOf(worker), Role::kWorker}})};
}

// One kind of connection, and its measurements.
class Way {
 public:
  Way(KjLoop& loop, const Contexts& contexts)
      : loop_(loop),
        access_{.credentials = contexts.caller},
        listener_(loop, {.hosts = {"127.0.0.1"}, .tls = contexts.called},
                  [this](std::shared_ptr<BufferedSocket> socket) {
                    welcome(kj::heap<MessageSocket>(std::move(socket)));
                  }) {}

  // Each function makes and keeps one measurement of many calls or connections.
  void connect(int connections) {
    Instant begin = now();
    for (int i = 0; i < connections; ++i) {
      kj::Own<MessageSocket> caller = dialed();
      while (calledEnds_.empty()) loop_.timer().afterDelay(kj::Duration()).wait(scope());
      calledEnds_.clear();
    }
    milliseconds_[0].push_back(1e3 * seconds(now() - begin) / connections);
  }
  void callInTurn(int calls) {
    wire::WorkerSession::Client session = open();
    Instant begin = now();
    for (int i = 0; i < calls; ++i) session.heartbeatRequest().send().wait(scope());
    milliseconds_[1].push_back(1e3 * seconds(now() - begin) / calls);
    close();
  }
  void callAtOnce(int calls) {
    wire::WorkerSession::Client session = open();
    Instant begin = now();
    for (int i = 0; i < calls; i += kCallsInFlight) {
      kj::Vector<kj::Promise<void>> answers;
      for (int k = 0; k < kCallsInFlight; ++k) {
        answers.add(session.heartbeatRequest().send().ignoreResult());
      }
      kj::joinPromises(answers.releaseAsArray()).wait(scope());
    }
    milliseconds_[2].push_back(1e3 * seconds(now() - begin) / calls);
    close();
  }

  // The median of the measurements of one kind: 0 for connect, 1 for callInTurn, 2 for callAtOnce.
  double milliseconds(std::size_t kind) {
    std::vector<double>& values = milliseconds_[kind];
    auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  }

 private:
  kj::WaitScope& scope() { return loop_.waitScope(); }

  kj::Own<MessageSocket> dialed() {
    Address address{.host = "127.0.0.1", .port = listener_.port()};
    return dial(loop_, {address}, access_).wait(scope());
  }

  void welcome(kj::Own<MessageSocket> socket) { calledEnds_.push_back(kj::mv(socket)); }

  wire::WorkerSession::Client open() {
    kj::Own<MessageSocket> socket = dialed();
    while (calledEnds_.empty()) loop_.timer().afterDelay(kj::Duration()).wait(scope());
    called_ = kj::heap<Connection>(kj::mv(calledEnds_.back()), kj::heap<Answerer>());
    calledEnds_.clear();
    caller_ = kj::heap<Connection>(kj::mv(socket));
    return caller_->bootstrap().castAs<wire::WorkerSession>();
  }

  void close() {
    caller_->close();
    called_->onDisconnect().wait(scope());
    caller_->onDisconnect().wait(scope());
  }

  KjLoop& loop_;
  DialOptions access_;
  std::vector<kj::Own<MessageSocket>> calledEnds_;
  kj::Own<Connection> called_;
  kj::Own<Connection> caller_;
  Listener listener_;
  std::vector<double> milliseconds_[3];
};

void print(const char* what, Way& clear, Way& tls, std::size_t kind) {
  std::printf("%s: clear %.5f ms, tls %.5f ms\n", what, clear.milliseconds(kind),
              tls.milliseconds(kind));
}

void measure(KjLoop& loop, int rounds) {
  Way clear(loop, {});
  Way tls(loop, freshContexts());
  for (int round = 0; round < rounds;
       ++round) {  // Alternately, so that a slow moment affects both.
    for (Way* way : {&clear, &tls}) {
      way->connect(50);
      way->callInTurn(2'000);
      way->callAtOnce(20 * kCallsInFlight);
    }
  }
  print("connect", clear, tls, 0);
  print("call in turn", clear, tls, 1);
  print("call at once", clear, tls, 2);
}

}  // namespace
}  // namespace pi::net

int main(int argc, char** argv) {
  int rounds = argc == 2 ? std::atoi(argv[1]) : 0;
  if (rounds <= 0) {
    std::fprintf(stderr, "usage: wire_bench ROUNDS\n");
    return 2;
  }
  pi::net::KjLoop loop;
  pi::net::measure(loop, rounds);
  return 0;
}
