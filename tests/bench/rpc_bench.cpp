// Measures a running scheduler over real sockets: the time of a small job in a connected client,
// the flow of leases to many sessions that compute nothing, the cost of idle sessions, the return
// of sessions after a restart, and the largest number of workers.
#include <kj/async.h>
#include <kj/vector.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/net/loop/clock.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/loop/process_limits.h"
#include "common/net/rpc/client_link.h"
#include "common/net/transport/listener.h"
#include "common/wire/wire.h"
#include "tests/bench/fake_worker.h"

namespace pi::bench {
namespace {

double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// Measures the time from submit to result of one-chunk jobs on one connection.
void measureLatency(net::KjLoop& loop, int rounds) {
  SchedulerAccess scheduler = findScheduler(Role::kClient);
  net::ClientLink link =
      net::enterAsClient(loop, scheduler.addresses, std::nullopt, scheduler.access);
  std::vector<double> milliseconds;
  for (int i = 0; i < rounds; ++i) {
    Instant begin = net::now();
    auto request = link.desk.submitRequest();
    toWire(JobSpec{.stream = {}, .samples = 100, .chunkSize = 100}, request.initSpec());
    auto job = request.send().wait(loop.waitScope()).getJob();
    job.waitRequest().send().wait(loop.waitScope());
    milliseconds.push_back(seconds(net::now() - begin) * 1e3);
  }
  std::printf("one-chunk job inside a connected client  median %.3f ms  p99 %.3f ms\n",
              quantile(milliseconds, 0.5), quantile(milliseconds, 0.99));
}

void complain(kj::Exception&& failure) {
  std::fprintf(stderr, "rpc_bench: %s\n", failure.getDescription().cStr());
}

// Waits for the start of session `i` of `all`.  The sessions start at different times, so that
// their periods do not coincide, like those of real workers.
kj::Promise<void> untilTurn(net::KjLoop& loop, Duration period, std::size_t i, std::size_t all) {
  auto share = static_cast<double>(i) / static_cast<double>(all);
  auto delay = Duration(static_cast<Duration::rep>(static_cast<double>(period.count()) * share));
  return loop.timer().afterDelay(net::toKj(delay));
}

void measureFlow(net::KjLoop& loop, std::size_t sessions, Duration think, Duration length) {
  Flow flow;
  SchedulerAccess scheduler = findScheduler(Role::kWorker);
  auto all = joinAll(loop, scheduler, sessions, flow, think);
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
  if (flow.leases == 0) {
    std::fprintf(stderr, "rpc_bench: no lease came; is there a job that is not over?\n");
    std::exit(1);
  }
  std::printf("%zu sessions: %.0f leases/s, lease answered after median %.3f ms  p99 %.3f ms\n",
              sessions, static_cast<double>(flow.leases) / took, quantile(flow.waits, 0.5),
              quantile(flow.waits, 0.99));
}

// Holds sessions that wait for work and send heartbeats.  Prints a line when all have joined, for
// the script that watches the scheduler.
void stayIdle(net::KjLoop& loop, std::size_t sessions, Duration length) {
  static constexpr Duration kPeriod = std::chrono::seconds(3);
  Flow flow;
  SchedulerAccess scheduler = findScheduler(Role::kWorker);
  auto all = joinAll(loop, scheduler, sessions, flow, Duration::zero());
  kj::Vector<kj::Promise<void>> running;
  for (std::size_t i = 0; i < sessions; ++i) {
    FakeWorker& session = *all[i];
    running.add(session.exchange().eagerlyEvaluate(complain));
    running.add(untilTurn(loop, kPeriod, i, sessions)
                    .then([&session] { return session.heartbeat(kPeriod); })
                    .eagerlyEvaluate(complain));
  }
  std::printf("%zu sessions joined\n", sessions);
  std::fflush(stdout);
  loop.timer().afterDelay(net::toKj(length)).wait(loop.waitScope());
}

// Holds working sessions that reconnect, each by itself, when the scheduler is lost.  Prints a line
// each time that all are connected.
void stayThrough(net::KjLoop& loop, std::size_t sessions, Duration length) {
  constexpr Duration kThink = std::chrono::milliseconds(250);
  constexpr Duration kLook = std::chrono::milliseconds(10);
  net::raiseOpenFilesLimit();
  SchedulerAccess scheduler = findScheduler(Role::kWorker);
  Flow flow;
  std::vector<std::unique_ptr<FakeWorker>> all;
  kj::Vector<kj::Promise<void>> running;
  for (std::size_t i = 0; i < sessions; ++i) {
    all.push_back(std::make_unique<FakeWorker>(loop, scheduler, flow, kThink));
    running.add(all.back()->stay().eagerlyEvaluate(complain));
  }
  bool wereIn = false;
  for (Instant end = net::now() + length; net::now() < end;) {
    loop.timer().afterDelay(net::toKj(kLook)).wait(loop.waitScope());
    bool areIn = flow.present == sessions;
    if (areIn && !wereIn) {
      std::printf("all %zu are in\n", sessions);
      std::fflush(stdout);
    }
    wereIn = areIn;
  }
}

// Joins sessions one after the other, of which there are `step` such rows.
kj::Promise<void> joinRow(std::vector<std::unique_ptr<FakeWorker>>& all, std::size_t next,
                          std::size_t step, Flow& flow) {
  if (next >= all.size()) return kj::READY_NOW;
  return all[next]->joinAtLast().then([&all, next, step, &flow] {
    ++flow.present;
    return joinRow(all, next + step, step, flow);
  });
}

// For the script that watches the scheduler meanwhile.
template <typename... Values>
void tell(const char* format, Values... values) {
  std::printf(format, values...);
  std::fflush(stdout);
}

void rest(net::KjLoop& loop, Duration length) {
  loop.timer().afterDelay(net::toKj(length)).wait(loop.waitScope());
}

// Holds sessions that speak like real workers: without work at first, then with the job that the
// script submits.  Stays until it is killed.
void measureScale(net::KjLoop& loop, std::size_t sessions, Duration idle, Duration busy) {
  constexpr std::size_t kRows = 100;  // That many join at a time.
  constexpr std::size_t kOtherFiles = 100;
  constexpr Duration kLook = std::chrono::milliseconds(100);
  net::raiseOpenFilesLimit();
  if (auto reason = net::whyTooFewFiles(sessions + kOtherFiles)) {
    std::fprintf(stderr, "rpc_bench: %s\n", reason->c_str());
    std::exit(3);
  }
  SchedulerAccess scheduler = findScheduler(Role::kWorker);
  Flow flow;
  std::vector<std::unique_ptr<FakeWorker>> all;
  kj::Vector<kj::Promise<void>> rows, running;
  for (std::size_t i = 0; i < sessions; ++i) {
    all.push_back(std::make_unique<FakeWorker>(loop, scheduler, flow, Duration::zero()));
  }
  Instant begin = net::now();
  for (std::size_t i = 0; i < kRows; ++i) rows.add(joinRow(all, i, kRows, flow));
  kj::joinPromises(rows.releaseAsArray()).wait(loop.waitScope());
  tell("joined %zu in %.3f s, retries %llu\n", sessions, seconds(net::now() - begin),
       static_cast<unsigned long long>(flow.retries));
  // Not all at once: real workers do not begin their heartbeats together, either.
  for (std::size_t i = 0; i < sessions; ++i) {
    running.add(untilTurn(loop, 3 * all.back()->policy().heartbeat, i, sessions)
                    .then([&session = *all[i]] { return session.work(); })
                    .eagerlyEvaluate(complain));
  }
  rest(loop, 7 * all.back()->policy().heartbeat);
  tell("idle begins\n");
  rest(loop, idle);
  tell("idle ends\n");
  while (flow.leases < sessions) rest(loop, kLook);
  rest(loop, 5 * all.back()->policy().leaseTarget);
  Flow before = flow;
  flow.waits.clear();
  flow.waitsFrom = begin = net::now();
  tell("busy begins\n");
  rest(loop, busy);
  double took = seconds(net::now() - begin);
  // Those that still wait have waited at least so long.
  for (const auto& session : all) {
    if (session->askedAt()) flow.waits.push_back(seconds(net::now() - *session->askedAt()) * 1e3);
  }
  if (flow.waits.empty()) {
    std::fprintf(stderr, "rpc_bench: no worker asked for a lease; measure for longer\n");
    std::exit(1);
  }
  tell("busy ends\nleases %.0f calls %.0f median %.3f p99 %.3f p999 %.3f target %.3f\n",
       static_cast<double>(flow.leases - before.leases) / took,
       static_cast<double>(flow.calls - before.calls) / took, quantile(flow.waits, 0.5),
       quantile(flow.waits, 0.99), quantile(flow.waits, 0.999),
       seconds(all.back()->policy().leaseTarget));
  kj::Promise<void>(kj::NEVER_DONE).wait(loop.waitScope());
}

}  // namespace
}  // namespace pi::bench

int main(int argc, char** argv) {
  using namespace pi;
  using namespace pi::bench;
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
  } else if (argc == 4 && mode == "stay") {
    stayThrough(loop, count(2), milliseconds(3));
  } else if (argc == 5 && mode == "scale") {
    measureScale(loop, count(2), milliseconds(3), milliseconds(4));
  } else {
    std::fprintf(stderr,
                 "usage: rpc_bench latency ROUNDS | flow SESSIONS THINK_MS LENGTH_MS |"
                 " idle SESSIONS LENGTH_MS | stay SESSIONS LENGTH_MS |"
                 " scale SESSIONS IDLE_MS BUSY_MS\n");
    return 2;
  }
  return 0;
}
