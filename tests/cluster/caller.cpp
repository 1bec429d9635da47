#include "tests/cluster/caller.h"

#include <kj/debug.h>

#include "common/wire/wire.h"
#include "tests/cluster/raw_peer.h"

namespace pi::cluster {
namespace {

// Implements none of the scheduler's requests.
class NoControl final : public wire::WorkerControl::Server {};

}  // namespace

net::ClientLink callAsClient(net::KjLoop& loop, const Cluster& cluster) {
  return net::enterAsClient(loop, callAs(loop, Role::kClient, cluster.connectionFile()));
}

WorkerByHand::WorkerByHand(net::KjLoop& loop, const Cluster& cluster)
    : loop_(loop),
      connection_(
          kj::heap<net::Connection>(callAs(loop, Role::kWorker, cluster.connectionFile()))) {
  auto request = connection_->bootstrap().castAs<wire::WorkerGate>().enterAsWorkerRequest();
  net::introduce(request.initPeer());
  auto answer = request.send().wait(loop.waitScope());
  KJ_REQUIRE(!answer.hasRefusal(), answer.getRefusal().getSentence());
  desk_ = answer.getDesk();
}

WorkerByHand::Welcome WorkerByHand::join(const Hello& hello) {
  auto size = [](const auto& list) { return static_cast<capnp::uint>(list.size()); };
  WorkerProfile profile;
  profile.name = "by-hand";
  profile.samplesPerSecond = 100'000'000;
  auto request = desk_.joinRequest();
  request.setControl(kj::heap<NoControl>());
  auto to = request.initHello();
  toWire(profile, to.initProfile());
  to.setIdentity(kj::StringPtr(hello.identity.c_str(), hello.identity.size()).asBytes());
  to.setLastJoin(hello.lastJoin);
  toWire(hello.lent, to.initLent(size(hello.lent)));
  toWire(hello.held, to.initHeld(size(hello.held)));
  toWire(hello.done, to.initDone(size(hello.done)));
  auto answer = request.send().wait(loop_.waitScope());
  if (answer.hasRefusal()) {
    return {.refusal = answer.getRefusal().getSentence().cStr()};
  }
  session_ = answer.getSession();
  auto identity = answer.getIdentity().asChars();
  Welcome welcome{
      .refusal = {}, .identity = {identity.begin(), identity.end()}, .join = answer.getJoin()};
  welcome.heartbeat =
      Duration(static_cast<Duration::rep>(answer.getPolicy().getHeartbeatNanoseconds()));
  for (std::uint64_t lease : answer.getForget()) welcome.forget.push_back(LeaseId{lease});
  return welcome;
}

std::vector<Lease> WorkerByHand::askForWork() {
  auto answer = session_.exchangeRequest().send().wait(loop_.waitScope());
  return fromWire(answer.getLeases());
}

void WorkerByHand::report(const std::vector<LeaseTally>& done) {
  auto request = session_.heartbeatRequest();
  toWire(done, request.initDone(static_cast<capnp::uint>(done.size())));
  request.send().wait(loop_.waitScope());
}

}  // namespace pi::cluster
