#include "tests/bench/fake_worker.h"

#include <kj/debug.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/base/backoff.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/loop/clock.h"
#include "common/net/rpc/client_link.h"
#include "common/net/secrets/random.h"
#include "common/net/transport/listener.h"
#include "common/wire/wire.h"
#include "tests/simulation/oracle.h"

namespace pi::bench {
namespace {

class IdleControl final : public wire::WorkerControl::Server {
  kj::Promise<void> drain(DrainContext) override { return kj::READY_NOW; }
  kj::Promise<void> truncate(TruncateContext context) override {
    context.getResults().setEnd(kSamplesEnd);
    return kj::READY_NOW;
  }
  kj::Promise<void> expectRestart(ExpectRestartContext) override { return kj::READY_NOW; }
};

Duration busyFor(SampleRange range) {
  double seconds = static_cast<double>(range.size()) / static_cast<double>(FakeWorker::kSpeed);
  return Duration(static_cast<Duration::rep>(seconds * 1e9));
}

// A site's certificate for the role, if the script that runs this program uses any.
AccessOptions accessOptions(Role role) {
  const char* site = std::getenv("PI_BENCH_SITE");
  if (site == nullptr) return {};
  std::string start = std::string(site) + "/" + name(role);
  return {.certificates = CertificateFiles{.certificate = start + ".pem",
                                           .key = start + "-key.pem",
                                           .authority = std::string(site) + "/ca.pem"}};
}

}  // namespace

SchedulerAccess findScheduler(Role role) {
  net::ConnectionFileRead file = net::readConnectionFile(net::defaultConnectionFile());
  if (file.hasValue()) {
    return {.addresses = file->addresses,
            .access = {.credentials = net::credentialsFor(role, accessOptions(role), file)}};
  }
  std::fprintf(stderr, "rpc_bench: %s\n", file.error().what());
  std::exit(3);
}

kj::Promise<void> FakeWorker::join() {
  return net::dial(loop_, scheduler_.addresses, scheduler_.access)
      .then([this](kj::Own<net::MessageSocket>&& socket) {
        connection_ = kj::heap<net::Connection>(kj::mv(socket));
        auto request = connection_->bootstrap().castAs<wire::WorkerGate>().enterAsWorkerRequest();
        net::introduce(request.initPeer());
        return request.send();
      })
      .then([this](auto&& response) {
        auto request = response.getDesk().joinRequest();
        introduceTo(request);
        return request.send();
      })
      .then([this](auto&& response) { joined(response); });
}

void FakeWorker::introduceTo(wire::WorkerDesk::JoinParams::Builder request) const {
  auto hello = request.initHello();
  auto profile = hello.initProfile();
  profile.setName("bench");
  profile.setKernel("none");
  profile.setThreads(1);
  profile.setSamplesPerSecond(kSpeed);
  hello.setIdentity(kj::StringPtr(identity_.c_str(), identity_.size()).asBytes());
  hello.setLastJoin(lastJoin_);
  std::vector<LeaseRest> rests;
  for (const Lease& lease : held_) rests.push_back({.lease = lease.id, .range = lease.range});
  toWire(held_, hello.initLent(static_cast<capnp::uint>(held_.size())));
  toWire(rests, hello.initHeld(static_cast<capnp::uint>(rests.size())));
  request.setControl(kj::heap<IdleControl>());
}

void FakeWorker::joined(wire::WorkerDesk::JoinResults::Reader answer) {
  if (answer.getRefusal().getCode() != wire::Refusal::Code::NONE) {
    KJ_FAIL_REQUIRE("the scheduler refuses the worker", answer.getRefusal().getSentence());
  }
  session_ = answer.getSession();
  auto identity = answer.getIdentity().asChars();
  identity_.assign(identity.begin(), identity.end());
  lastJoin_ = answer.getJoin();
  follow(answer.getPolicy());
  for (std::uint64_t gone : answer.getForget()) {
    std::erase_if(held_, [gone](const Lease& lease) { return number(lease.id) == gone; });
  }
}

std::vector<LeaseTally> FakeWorker::finishedTallies(const std::vector<Lease>& leases) {
  std::vector<LeaseTally> done;
  for (const Lease& lease : leases) {
    done.push_back(
        {.lease = lease.id,
         .job = lease.job,
         // The scheduler would doubt hits that look impossible.
         .tally = {.range = lease.range, .hits = simulation::oracleHits(lease.stream, lease.range)},
         .busy = busyFor(lease.range),
         .sequence = ++lastSequence_});
  }
  return done;
}

kj::Promise<void> FakeWorker::exchange() {
  if (flow_.isOver) return kj::READY_NOW;
  std::vector<LeaseTally> done = finishedTallies(held_);
  auto request = session_.exchangeRequest();
  toWire(done, request.initDone(static_cast<capnp::uint>(done.size())));
  Instant asked = net::now();
  return request.send().then([this, asked](auto&& response) -> kj::Promise<void> {
    held_ = fromWire(response.getLeases());
    flow_.leases += held_.size();
    flow_.waits.push_back(seconds(net::now() - asked) * 1e3);
    if (think_ == Duration::zero()) return exchange();
    return loop_.timer().afterDelay(net::toKj(think_)).then([this] { return exchange(); });
  });
}

kj::Promise<void> FakeWorker::heartbeat(Duration period) {
  return loop_.timer().afterDelay(net::toKj(period)).then([this, period]() -> kj::Promise<void> {
    if (flow_.isOver) return kj::READY_NOW;
    auto beat = session_.heartbeatRequest().send().ignoreResult();
    return beat.then([this, period] { return heartbeat(period); });
  });
}

void FakeWorker::follow(wire::Policy::Reader told) {
  policy_ = fromWire(told, std::chrono::hours(1)).value_or(policy_);
}

kj::Promise<void> FakeWorker::work() {
  freeAt_ = spokeAt_ = net::now();
  return ask().exclusiveJoin(beatWhenSilent());
}

// The next lease is wanted when the prefetch time is left of what it has.
kj::Promise<void> FakeWorker::ask() {
  if (flow_.isOver) return kj::READY_NOW;
  Instant asked = spokeAt_ = net::now();
  askedAt_ = asked;
  ++flow_.calls;
  return session_.exchangeRequest().send().then([this, asked](auto&& response) {
    Instant now = net::now();
    askedAt_.reset();
    if (asked >= flow_.waitsFrom) flow_.waits.push_back(seconds(now - asked) * 1e3);
    follow(response.getPolicy());
    std::vector<Lease> leases = fromWire(response.getLeases());
    for (const Lease& lease : leases) {
      freeAt_ = std::max(freeAt_, now) + busyFor(lease.range);
      ++flow_.leases;
      ++unfinished_;
      tasks_.add(loop_.until(freeAt_).then([this, lease] {
        --unfinished_;
        return report(finishedTallies({lease}));
      }));
    }
    return loop_.until(std::max(now, freeAt_ - policy_.prefetch)).then([this] { return ask(); });
  });
}

kj::Promise<void> FakeWorker::report(std::vector<LeaseTally> done) {
  if (flow_.isOver) return kj::READY_NOW;
  spokeAt_ = net::now();
  ++flow_.calls;
  auto request = session_.heartbeatRequest();
  toWire(done, request.initDone(static_cast<capnp::uint>(done.size())));
  return request.send().then([this](auto&& response) { follow(response.getPolicy()); });
}

// Without work a real worker reports at every third heartbeat.
kj::Promise<void> FakeWorker::beatWhenSilent() {
  if (flow_.isOver) return kj::READY_NOW;
  Instant due = spokeAt_ + policy_.heartbeat * (unfinished_ == 0 ? 3 : 1);
  auto beat = due > net::now() ? loop_.until(due) : report({});
  return beat.then([this] { return beatWhenSilent(); });
}

void FakeWorker::taskFailed(kj::Exception&& failure) {
  std::fprintf(stderr, "rpc_bench: %s\n", failure.getDescription().cStr());
}

kj::Promise<void> FakeWorker::stay() {
  auto work = [this] {
    attemptsFailed_ = 0;
    ++flow_.present;
    auto together = exchange().exclusiveJoin(heartbeat(policy_.heartbeat));
    return together.attach(kj::defer([this] { --flow_.present; }));
  };
  return join().then(kj::mv(work)).catch_([this](kj::Exception&&) { return reconnect(); });
}

kj::Promise<void> FakeWorker::joinAtLast() {
  return join().catch_([this](kj::Exception&&) {
    ++flow_.retries;
    return hangUp().then([this] { return joinAtLast(); });
  });
}

kj::Promise<void> FakeWorker::reconnect() {
  return hangUp().then([this] { return stay(); });
}

// Takes as long as a real worker waits until its next attempt.
kj::Promise<void> FakeWorker::hangUp() {
  double random = std::ldexp(static_cast<double>(net::randomNumber()), -64);
  auto pause = loop_.timer().afterDelay(net::toKj(backoff(attemptsFailed_++, random)));
  session_ = nullptr;
  if (connection_.get() == nullptr) return pause;
  // Destroyed only when it is over: this may run inside one of its calls.
  connection_->close();
  return connection_->onDisconnect()
      .then([pause = kj::mv(pause)]() mutable { return kj::mv(pause); })
      .then([this] { connection_ = nullptr; });
}

std::vector<std::unique_ptr<FakeWorker>> joinAll(net::KjLoop& loop,
                                                 const SchedulerAccess& scheduler,
                                                 std::size_t workers, Flow& flow, Duration think) {
  net::raiseOpenFilesLimit();
  std::vector<std::unique_ptr<FakeWorker>> all;
  for (std::size_t i = 0; i < workers; ++i) {
    all.push_back(std::make_unique<FakeWorker>(loop, scheduler, flow, think));
    all.back()->join().wait(loop.waitScope());
  }
  return all;
}

}  // namespace pi::bench
