#include "scheduler/worker_desk.h"

#include <kj/debug.h>

#include <string>

#include "common/wire/wire.h"

namespace pi::scheduler {
namespace {

std::string toString(capnp::Data::Reader bytes) {
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

class WorkerSession final : public wire::WorkerSession::Server {
 public:
  WorkerSession(Reactor& reactor, Reactor::Seat seat) : reactor_(reactor), seat_(seat) {}

 private:
  kj::Promise<void> exchange(ExchangeContext context) override {
    context.allowCancellation();
    auto done = fromWire(context.getParams().getDone());
    context.releaseParams();
    return reactor_.exchange(seat_, std::move(done)).then([context](Reactor::Lent&& lent) mutable {
      auto count = static_cast<capnp::uint>(lent.leases.size());
      toWire(lent.leases, context.getResults().initLeases(count));
      context.getResults().setCommitted(lent.committed);
    });
  }

  kj::Promise<void> heartbeat(HeartbeatContext context) override {
    std::uint64_t committed = reactor_.report(seat_, fromWire(context.getParams().getDone()));
    context.getResults().setCommitted(committed);
    return kj::READY_NOW;
  }

  kj::Promise<void> leave(LeaveContext context) override {
    context.allowCancellation();
    return reactor_.leave(seat_, fromWire(context.getParams().getDone()));
  }

  Reactor& reactor_;
  Reactor::Seat seat_;
};

class WorkerDesk final : public wire::WorkerDesk::Server {
 public:
  WorkerDesk(Reactor& reactor, kj::Own<Visit> visit) : reactor_(reactor), visit_(kj::mv(visit)) {}

 private:
  kj::Promise<void> join(JoinContext context) override {
    if (visit_->hasAskedToJoin) {
      KJ_FAIL_REQUIRE("a connection joins once");
    }
    visit_->hasAskedToJoin = true;
    wire::WorkerHello::Reader hello = context.getParams().getHello();
    Reactor::Admission admission = reactor_.admit({.identity = toString(hello.getIdentity()),
                                                   .profile = fromWire(hello.getProfile()),
                                                   .lent = fromWire(hello.getLent()),
                                                   .held = fromWire(hello.getHeld()),
                                                   .done = fromWire(hello.getDone())},
                                                  context.getParams().getControl());
    auto results = context.getResults();
    if (admission.refusal) {
      results.initRefusal().setCode(admission.refusal->code);
      results.getRefusal().setSentence(admission.refusal->sentence);
      return kj::READY_NOW;
    }
    visit_->seat = admission.seat;
    results.setSession(kj::heap<WorkerSession>(reactor_, admission.seat));
    results.setIdentity(
        kj::StringPtr(admission.identity.c_str(), admission.identity.size()).asBytes());
    results.initPolicy().setHeartbeatNanoseconds(
        static_cast<std::uint64_t>(reactor_.config().heartbeat.count()));
    results.getPolicy().setPrefetchNanoseconds(
        static_cast<std::uint64_t>(reactor_.config().prefetch.count()));
    results.setCommitted(admission.committed);
    auto forget = results.initForget(static_cast<capnp::uint>(admission.forget.size()));
    for (capnp::uint i = 0; i < forget.size(); ++i) forget.set(i, number(admission.forget[i]));
    return kj::READY_NOW;
  }

  Reactor& reactor_;
  kj::Own<Visit> visit_;
};

}  // namespace

wire::WorkerDesk::Client makeWorkerDesk(Reactor& reactor, kj::Own<Visit> visit) {
  return kj::heap<WorkerDesk>(reactor, kj::mv(visit));
}

}  // namespace pi::scheduler
