// Measures a running scheduler over real sockets: how long a small job takes inside a connected
// client, and how leases flow to many sessions that compute nothing, and what it costs to have them
// idle.
#include <kj/async.h>
#include <proto/pi.capnp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/net/client_link.h"
#include "common/net/clock.h"
#include "common/net/connection_file.h"
#include "common/net/credentials.h"
#include "common/net/kj_loop.h"
#include "common/net/listener.h"
#include "common/net/wire.h"

namespace pi {
namespace {

struct Whereabouts {
  std::vector<Address> addresses;
  net::DialOptions access;
};

Whereabouts findScheduler(Role role) {
  net::ConnectionFileRead file = net::readConnectionFile(net::defaultConnectionFile());
  if (file.value) {
    return {.addresses = file.value->addresses,
            .access = {.credentials = net::credentialsFor(role, {}, file)}};
  }
  std::fprintf(stderr, "rpc_bench: %s\n", file.error.c_str());
  std::exit(3);
}

double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// Submit to result of a one-chunk job, again and again, on one connection.
void measureLatency(net::KjLoop& loop, int rounds) {
  Whereabouts scheduler = findScheduler(Role::kClient);
  net::ClientLink link =
      net::enterAsClient(loop, scheduler.addresses, std::nullopt, scheduler.access);
  std::vector<double> milliseconds;
  for (int i = 0; i < rounds; ++i) {
    Instant begin = net::now();
    auto request = link.desk.submitRequest();
    net::toWire(JobSpec{.stream = {}, .samples = 100, .chunkSize = 100}, request.initSpec());
    auto job = request.send().wait(loop.waitScope()).getJob();
    job.waitRequest().send().wait(loop.waitScope());
    milliseconds.push_back(seconds(net::now() - begin) * 1e3);
  }
  std::printf("one-chunk job inside a connected client  median %.3f ms  p99 %.3f ms\n",
              quantile(milliseconds, 0.5), quantile(milliseconds, 0.99));
}

class IdleControl final : public wire::WorkerControl::Server {
  kj::Promise<void> drain(DrainContext) override { return kj::READY_NOW; }
  kj::Promise<void> truncate(TruncateContext context) override {
    context.getResults().setEnd(kSamplesEnd);
    return kj::READY_NOW;
  }
};

struct Flow {
  std::uint64_t leases = 0;
  std::vector<double> waits;  // In milliseconds, from the exchange to its leases.
  bool isOver = false;
};

// A worker's session that reports each lease as done after `think`, without computing.
class Session {
 public:
  Session(net::KjLoop& loop, Flow& flow, Duration think)
      : loop_(loop), flow_(flow), think_(think) {}

  kj::Promise<void> join(const Whereabouts& scheduler, std::uint64_t speed) {
    return net::dial(loop_, scheduler.addresses, scheduler.access)
        .then([this](kj::Own<net::MessageSocket>&& socket) {
          connection_ = kj::heap<net::Connection>(kj::mv(socket));
          auto request = connection_->bootstrap().castAs<wire::WorkerGate>().enterAsWorkerRequest();
          net::introduce(request.initPeer());
          return request.send();
        })
        .then([speed](auto&& response) {
          auto request = response.getDesk().joinRequest();
          auto profile = request.initHello().initProfile();
          profile.setName("bench");
          profile.setKernel("none");
          profile.setThreads(1);
          profile.setSamplesPerSecond(speed);
          request.setControl(kj::heap<IdleControl>());
          return request.send();
        })
        .then([this](auto&& response) { session_ = response.getSession(); });
  }

  kj::Promise<void> exchange() {
    if (flow_.isOver) return kj::READY_NOW;
    auto request = session_.exchangeRequest();
    net::toWire(done_, request.initDone(static_cast<unsigned>(done_.size())));
    Instant asked = net::now();
    return request.send().then([this, asked](auto&& response) -> kj::Promise<void> {
      done_.clear();
      for (const Lease& lease : net::fromWire(response.getLeases())) {
        done_.push_back({.lease = lease.id,
                         .job = lease.job,
                         .tally = {.range = lease.range},
                         .busy = std::max(think_, Duration(1))});
      }
      flow_.leases += done_.size();
      flow_.waits.push_back(seconds(net::now() - asked) * 1e3);
      if (think_ == Duration::zero()) return exchange();
      return loop_.timer().afterDelay(net::toKj(think_)).then([this] { return exchange(); });
    });
  }

  // Every `period` until the flow is over.
  kj::Promise<void> heartbeat(Duration period) {
    return loop_.timer().afterDelay(net::toKj(period)).then([this, period]() -> kj::Promise<void> {
      if (flow_.isOver) return kj::READY_NOW;
      auto beat = session_.heartbeatRequest().send().ignoreResult();
      return beat.then([this, period] { return heartbeat(period); });
    });
  }

 private:
  net::KjLoop& loop_;
  Flow& flow_;
  Duration think_;
  kj::Own<net::Connection> connection_;
  wire::WorkerSession::Client session_ = nullptr;
  std::vector<LeaseTally> done_;
};

std::vector<std::unique_ptr<Session>> joinAll(net::KjLoop& loop, std::size_t sessions, Flow& flow,
                                              Duration think) {
  constexpr std::uint64_t kSpeed = 1'000'000'000;
  net::raiseOpenFilesLimit();
  Whereabouts scheduler = findScheduler(Role::kWorker);
  std::vector<std::unique_ptr<Session>> all;
  for (std::size_t i = 0; i < sessions; ++i) {
    all.push_back(std::make_unique<Session>(loop, flow, think));
    all.back()->join(scheduler, kSpeed).wait(loop.waitScope());
  }
  return all;
}

void complain(kj::Exception&& failure) {
  std::fprintf(stderr, "rpc_bench: %s\n", failure.getDescription().cStr());
}

// When session `i` of so many begins, for their periods not to coincide: those of real workers do
// not either.
kj::Promise<void> untilTurn(net::KjLoop& loop, Duration period, std::size_t i, std::size_t all) {
  auto share = static_cast<double>(i) / static_cast<double>(all);
  auto delay = Duration(static_cast<Duration::rep>(static_cast<double>(period.count()) * share));
  return loop.timer().afterDelay(net::toKj(delay));
}

void measureFlow(net::KjLoop& loop, std::size_t sessions, Duration think, Duration length) {
  Flow flow;
  std::vector<std::unique_ptr<Session>> all = joinAll(loop, sessions, flow, think);
  kj::Vector<kj::Promise<void>> running;
  Instant begin = net::now();
  for (std::size_t i = 0; i < sessions; ++i) {
    running.add(untilTurn(loop, think, i, sessions)
                    .then([&session = *all[i]] { return session.exchange(); })
                    .eagerlyEvaluate(complain));
  }
  loop.timer().afterDelay(net::toKj(length)).wait(loop.waitScope());
  flow.isOver = true;
  double took = seconds(net::now() - begin);
  std::printf("%zu sessions: %.0f leases/s, lease answered after median %.3f ms  p99 %.3f ms\n",
              sessions, static_cast<double>(flow.leases) / took, quantile(flow.waits, 0.5),
              quantile(flow.waits, 0.99));
}

// Sessions that wait for work and say each second that they are alive; whoever watches the
// scheduler meanwhile is told when all are there.
void stayIdle(net::KjLoop& loop, std::size_t sessions, Duration length) {
  constexpr Duration kPeriod = std::chrono::seconds(3);
  Flow flow;
  std::vector<std::unique_ptr<Session>> all = joinAll(loop, sessions, flow, Duration::zero());
  kj::Vector<kj::Promise<void>> running;
  for (std::size_t i = 0; i < sessions; ++i) {
    Session& session = *all[i];
    running.add(session.exchange().eagerlyEvaluate(complain));
    running.add(untilTurn(loop, kPeriod, i, sessions)
                    .then([&session] { return session.heartbeat(kPeriod); })
                    .eagerlyEvaluate(complain));
  }
  std::printf("%zu sessions joined\n", sessions);
  std::fflush(stdout);
  loop.timer().afterDelay(net::toKj(length)).wait(loop.waitScope());
}

}  // namespace
}  // namespace pi

int main(int argc, char** argv) {
  using namespace pi;
  auto number = [argc, argv](int at) { return at < argc ? std::atof(argv[at]) : 0.0; };
  auto milliseconds = [number](int at) {
    return Duration(static_cast<Duration::rep>(number(at) * 1e6));
  };
  auto count = [number](int at) { return static_cast<std::size_t>(number(at)); };
  std::string mode = argc > 1 ? argv[1] : "";
  net::KjLoop loop;
  if (argc == 3 && mode == "latency") {
    measureLatency(loop, static_cast<int>(number(2)));
  } else if (argc == 5 && mode == "flow") {
    measureFlow(loop, count(2), milliseconds(3), milliseconds(4));
  } else if (argc == 4 && mode == "idle") {
    stayIdle(loop, count(2), milliseconds(3));
  } else {
    std::fprintf(stderr,
                 "usage: rpc_bench latency ROUNDS | flow SESSIONS THINK_MS LENGTH_MS |"
                 " idle SESSIONS LENGTH_MS\n");
    return 2;
  }
  return 0;
}
