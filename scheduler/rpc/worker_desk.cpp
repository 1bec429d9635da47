#include "scheduler/rpc/worker_desk.h"

#include <kj/debug.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>

#include "common/model/limits.h"
#include "common/wire/wire.h"
#include "scheduler/rpc/refused_call.h"

namespace pi::scheduler {
namespace {

std::string toString(capnp::Data::Reader bytes) {
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

Duration roundTripFrom(std::uint64_t nanoseconds) {
  constexpr auto kMost = static_cast<std::uint64_t>(kRoundTripMax.count());
  return Duration(static_cast<Duration::rep>(std::min(nanoseconds, kMost)));
}

// A worker's control that the worker has handed over when it joined.
class RemoteControl final : public WorkerControl {
 public:
  explicit RemoteControl(wire::WorkerControl::Client control) : control_(kj::mv(control)) {}

  kj::Promise<void> drain() override { return control_.drainRequest().send().ignoreResult(); }

  kj::Promise<std::uint64_t> truncate(LeaseId lease, std::uint64_t end) override {
    auto request = control_.truncateRequest();
    request.setLease(number(lease));
    request.setEnd(end);
    return request.send().then([](auto&& answer) { return answer.getEnd(); });
  }

  kj::Promise<void> expectRestart() override {
    return control_.expectRestartRequest().send().ignoreResult();
  }

 private:
  wire::WorkerControl::Client control_;
};

class WorkerSession final : public wire::WorkerSession::Server {
 public:
  WorkerSession(WorkerService& service, SessionId session) : service_(service), session_(session) {}

 private:
  kj::Promise<void> exchange(ExchangeContext context) override {
    context.allowCancellation();
    auto done = fromWire(context.getParams().getDone());
    Duration roundTrip = roundTripFrom(context.getParams().getRoundTripNanoseconds());
    context.releaseParams();
    using Lent = WorkerService::Lent;
    return service_.exchange(session_, std::move(done), roundTrip)
        .then([context](OrRefusal<Lent>&& answer) mutable {
          Lent lent = grantedOrThrow(kj::mv(answer));
          auto count = static_cast<capnp::uint>(lent.leases.size());
          toWire(lent.leases, context.getResults().initLeases(count));
          context.getResults().setCommitted(lent.committed);
          toWire(lent.policy, context.getResults().initPolicy());
        });
  }

  kj::Promise<void> heartbeat(HeartbeatContext context) override {
    auto receipt =
        grantedOrThrow(service_.report(session_, fromWire(context.getParams().getDone())));
    context.getResults().setCommitted(receipt.committed);
    toWire(receipt.policy, context.getResults().initPolicy());
    return kj::READY_NOW;
  }

  kj::Promise<void> leave(LeaveContext context) override {
    context.allowCancellation();
    return service_.leave(session_, fromWire(context.getParams().getDone()))
        .then([](OrRefusal<Done>&& answer) { grantedOrThrow(kj::mv(answer)); });
  }

  WorkerService& service_;
  SessionId session_;
};

class WorkerDesk final : public wire::WorkerDesk::Server {
 public:
  WorkerDesk(WorkerService& service, kj::Own<PeerSession> session)
      : service_(service), session_(kj::mv(session)) {}

 private:
  kj::Promise<void> join(JoinContext context) override {
    if (session_->hasAskedToJoin) {
      KJ_FAIL_REQUIRE("a connection joins once");
    }
    session_->hasAskedToJoin = true;
    wire::WorkerHello::Reader hello = context.getParams().getHello();
    auto answer = service_.join({.identity = toString(hello.getIdentity()),
                                 .lastJoin = hello.getLastJoin(),
                                 .profile = fromWire(hello.getProfile()),
                                 .lent = fromWire(hello.getLent()),
                                 .held = fromWire(hello.getHeld()),
                                 .done = fromWire(hello.getDone()),
                                 .timeLeft = timeLeftFromWire(hello.getTimeLeftNanoseconds())},
                                kj::heap<RemoteControl>(context.getParams().getControl()));
    if (const auto* refusal = std::get_if<Refusal>(&answer)) {
      toWire(*refusal, context.getResults().initRefusal());
    } else {
      welcome(std::get<WorkerService::Joined>(answer), context.getResults());
    }
    return kj::READY_NOW;
  }

  void welcome(const WorkerService::Joined& joined,
               wire::WorkerDesk::JoinResults::Builder results) {
    session_->worker = joined.session;
    results.setSession(kj::heap<WorkerSession>(service_, joined.session));
    results.setIdentity(kj::StringPtr(joined.identity.c_str(), joined.identity.size()).asBytes());
    toWire(joined.policy, results.initPolicy());
    results.setCommitted(joined.committed);
    results.setJoin(joined.session.serial);
    auto forget = results.initForget(static_cast<capnp::uint>(joined.forget.size()));
    for (capnp::uint i = 0; i < forget.size(); ++i) forget.set(i, number(joined.forget[i]));
  }

  WorkerService& service_;
  kj::Own<PeerSession> session_;
};

}  // namespace

wire::WorkerDesk::Client makeWorkerDesk(WorkerService& service, kj::Own<PeerSession> session) {
  return kj::heap<WorkerDesk>(service, kj::mv(session));
}

}  // namespace pi::scheduler
