#include "scheduler/rpc/gate.h"

#include <kj/debug.h>

#include <optional>
#include <string>
#include <utility>

#include "common/model/stream.h"
#include "common/model/version.h"
#include "common/net/rpc/client_link.h"
#include "common/wire/wire.h"
#include "scheduler/rpc/client_desk.h"
#include "scheduler/rpc/worker_desk.h"

namespace pi::scheduler {
namespace {

Refusal versionMismatch(const std::string& sentence) {
  return {.code = RefusalCode::kVersionMismatch,
          .sentence = sentence + "; use programs of the same release"};
}

// Nothing if the peer speaks our protocol.
std::optional<Refusal> refusalOf(wire::Peer::Reader peer) {
  if (peer.getProtocolVersion() == protocolVersion()) return std::nullopt;
  return versionMismatch("the scheduler speaks protocol version " +
                         std::to_string(protocolVersion()) + " and you speak " +
                         std::to_string(peer.getProtocolVersion()));
}

// The same for a worker, which must compute our samples, too.
std::optional<Refusal> refusalOfWorker(wire::Peer::Reader peer) {
  if (auto refusal = refusalOf(peer)) return refusal;
  if (peer.getStreamVersion() == kStreamVersion) return std::nullopt;
  return versionMismatch("the scheduler's streams have version " + std::to_string(kStreamVersion) +
                         " and yours " + std::to_string(peer.getStreamVersion()) +
                         ": they would not be the same samples");
}

// A second desk would only take memory.  Returns why there is no place for this peer.
std::optional<Refusal> enterOnce(PeerSession& session, Role role) {
  if (session.enteredAs) {
    KJ_FAIL_REQUIRE("a connection enters once");
  }
  if (session.places != nullptr) {
    if (auto refusal = session.places->take(role)) return refusal;
  }
  session.enteredAs = role;
  return std::nullopt;
}

class WorkerGate : public virtual wire::WorkerGate::Server {
 public:
  WorkerGate(SchedulerService& service, kj::Own<PeerSession> session)
      : service_(service), session_(kj::mv(session)) {}

 private:
  kj::Promise<void> enterAsWorker(EnterAsWorkerContext context) override {
    net::introduce(context.getResults().initScheduler());
    if (auto refusal = refusalOfWorker(context.getParams().getPeer())) {
      toWire(*refusal, context.getResults().initRefusal());
      return kj::READY_NOW;
    }
    if (auto refusal = enterOnce(*session_, Role::kWorker)) {
      toWire(*refusal, context.getResults().initRefusal());
      return kj::READY_NOW;
    }
    context.getResults().setDesk(makeWorkerDesk(service_.workers(), kj::addRef(*session_)));
    return kj::READY_NOW;
  }

  SchedulerService& service_;
  kj::Own<PeerSession> session_;
};

class ClientGate : public virtual wire::ClientGate::Server {
 public:
  ClientGate(SchedulerService& service, kj::Own<PeerSession> session)
      : service_(service), session_(kj::mv(session)) {}

 protected:
  // Answers a peer that enters as a client or as the owner.
  template <typename Context, typename MakeDesk>
  kj::Promise<void> enter(Context& context, Role role, MakeDesk makeDesk) {
    auto results = context.getResults();
    net::introduce(results.initScheduler());
    if (auto refusal = refusalOf(context.getParams().getPeer())) {
      toWire(*refusal, results.initRefusal());
      return kj::READY_NOW;
    }
    if (auto refusal = enterOnce(*session_, role)) {
      toWire(*refusal, results.initRefusal());
      return kj::READY_NOW;
    }
    results.setDesk(makeDesk(service_.clients(), kj::addRef(*session_)));
    return kj::READY_NOW;
  }

 private:
  kj::Promise<void> enterAsClient(EnterAsClientContext context) override {
    return enter(context, Role::kClient, makeClientDesk);
  }

  SchedulerService& service_;
  kj::Own<PeerSession> session_;
};

class OwnerGate : public virtual wire::OwnerGate::Server, public ClientGate {
 public:
  using ClientGate::ClientGate;

 private:
  kj::Promise<void> enterAsOwner(EnterAsOwnerContext context) override {
    return enter(context, Role::kOwner, makeOwnerDesk);
  }
};

class SchedulerGate : public virtual wire::SchedulerGate::Server {
 public:
  explicit SchedulerGate(std::string schedulerId) : schedulerId_(std::move(schedulerId)) {}

 private:
  kj::Promise<void> identify(IdentifyContext context) override {
    context.getResults().setSchedulerId(schedulerId_.c_str());
    return kj::READY_NOW;
  }

  const std::string schedulerId_;
};

class Gate final : public wire::Gate::Server,
                   public WorkerGate,
                   public OwnerGate,
                   public SchedulerGate {
 public:
  Gate(SchedulerService& service, kj::Own<PeerSession> session, std::string schedulerId)
      : WorkerGate(service, kj::addRef(*session)),
        OwnerGate(service, kj::mv(session)),
        SchedulerGate(std::move(schedulerId)) {}
};

}  // namespace

capnp::Capability::Client makeGate(SchedulerService& service, kj::Own<PeerSession> session,
                                   Role role, const std::string& schedulerId) {
  switch (role) {
    case Role::kWorker:
      return wire::WorkerGate::Client(kj::heap<WorkerGate>(service, kj::mv(session)));
    case Role::kClient:
      return wire::ClientGate::Client(kj::heap<ClientGate>(service, kj::mv(session)));
    case Role::kOwner:
      return wire::OwnerGate::Client(kj::heap<OwnerGate>(service, kj::mv(session)));
    case Role::kAnyone:
      return wire::Gate::Client(kj::heap<Gate>(service, kj::mv(session), schedulerId));
    case Role::kObserver:  // No key has this role.
      break;
    case Role::kScheduler:
      return wire::SchedulerGate::Client(kj::heap<SchedulerGate>(schedulerId));
  }
  KJ_FAIL_REQUIRE("an unknown role");
}

}  // namespace pi::scheduler
