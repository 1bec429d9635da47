#include "scheduler/gate.h"

#include <kj/debug.h>

#include <string>

#include "common/model/stream.h"
#include "common/model/version.h"
#include "common/net/rpc/client_link.h"
#include "scheduler/client_desk.h"
#include "scheduler/worker_desk.h"

namespace pi::scheduler {
namespace {

// Empty if we understand each other.
std::string whyNot(wire::Peer::Reader peer) {
  if (peer.getProtocolVersion() == protocolVersion()) return {};
  return "the scheduler speaks protocol version " + std::to_string(protocolVersion()) +
         " and you speak " + std::to_string(peer.getProtocolVersion()) +
         "; use programs of the same release";
}

// A second desk would be one more thing to hold for a peer that has one.
void enterOnce(Visit& visit) {
  if (visit.hasDesk) {
    KJ_FAIL_REQUIRE("a connection enters once");
  }
  visit.hasDesk = true;
}

void refuse(wire::Refusal::Builder refusal, const std::string& sentence) {
  refusal.setCode(wire::Refusal::Code::VERSION_MISMATCH);
  refusal.setSentence(sentence);
}

class WorkerGate : public virtual wire::WorkerGate::Server {
 public:
  WorkerGate(Reactor& reactor, kj::Own<Visit> visit) : reactor_(reactor), visit_(kj::mv(visit)) {}

 private:
  kj::Promise<void> enterAsWorker(EnterAsWorkerContext context) override {
    wire::Peer::Reader peer = context.getParams().getPeer();
    std::string refusal = whyNot(peer);
    if (refusal.empty() && peer.getStreamVersion() != kStreamVersion) {
      refusal = "the scheduler's streams have version " + std::to_string(kStreamVersion) +
                " and yours " + std::to_string(peer.getStreamVersion()) +
                ": they would not be the same samples; use programs of the same release";
    }
    if (!refusal.empty()) {
      refuse(context.getResults().initRefusal(), refusal);
      return kj::READY_NOW;
    }
    enterOnce(*visit_);
    context.getResults().setDesk(makeWorkerDesk(reactor_, kj::addRef(*visit_)));
    return kj::READY_NOW;
  }

  Reactor& reactor_;
  kj::Own<Visit> visit_;
};

class ClientGate : public virtual wire::ClientGate::Server {
 public:
  ClientGate(Reactor& reactor, kj::Own<Visit> visit) : reactor_(reactor), visit_(kj::mv(visit)) {}

 private:
  kj::Promise<void> enterAsClient(EnterAsClientContext context) override {
    std::string refusal = whyNot(context.getParams().getPeer());
    auto results = context.getResults();
    net::introduce(results.initScheduler());
    if (!refusal.empty()) {
      refuse(results.initRefusal(), refusal);
      return kj::READY_NOW;
    }
    enterOnce(*visit_);
    visit_->isClient = true;
    results.setDesk(makeClientDesk(reactor_, kj::addRef(*visit_)));
    return kj::READY_NOW;
  }

  Reactor& reactor_;
  kj::Own<Visit> visit_;
};

class OwnerGate : public virtual wire::OwnerGate::Server, public ClientGate {
 public:
  OwnerGate(Reactor& reactor, kj::Own<Visit> visit)
      : ClientGate(reactor, kj::addRef(*visit)), reactor_(reactor), visit_(kj::mv(visit)) {}

 private:
  kj::Promise<void> enterAsOwner(EnterAsOwnerContext context) override {
    std::string refusal = whyNot(context.getParams().getPeer());
    auto results = context.getResults();
    net::introduce(results.initScheduler());
    if (!refusal.empty()) {
      refuse(results.initRefusal(), refusal);
      return kj::READY_NOW;
    }
    enterOnce(*visit_);
    visit_->isClient = true;
    results.setDesk(makeOwnerDesk(reactor_, kj::addRef(*visit_)));
    return kj::READY_NOW;
  }

  Reactor& reactor_;
  kj::Own<Visit> visit_;
};

class Gate final : public wire::Gate::Server, public WorkerGate, public OwnerGate {
 public:
  Gate(Reactor& reactor, kj::Own<Visit> visit)
      : WorkerGate(reactor, kj::addRef(*visit)), OwnerGate(reactor, kj::mv(visit)) {}
};

}  // namespace

capnp::Capability::Client makeGate(Reactor& reactor, kj::Own<Visit> visit, Role role) {
  switch (role) {
    case Role::kWorker:
      return wire::WorkerGate::Client(kj::heap<WorkerGate>(reactor, kj::mv(visit)));
    case Role::kClient:
      return wire::ClientGate::Client(kj::heap<ClientGate>(reactor, kj::mv(visit)));
    case Role::kAnyone:
      return wire::Gate::Client(kj::heap<Gate>(reactor, kj::mv(visit)));
    case Role::kOwner:
      return wire::OwnerGate::Client(kj::heap<OwnerGate>(reactor, kj::mv(visit)));
    case Role::kScheduler:
      break;
  }
  KJ_FAIL_REQUIRE("a scheduler has no business here");
}

}  // namespace pi::scheduler
