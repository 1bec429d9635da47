#include <capnp/dynamic.h>
#include <capnp/schema-parser.h>
#include <doctest/doctest.h>
#include <kj/filesystem.h>

#include "common/net/rpc/client_link.h"
#include "common/net/rpc/connection.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/raw_peer.h"

namespace pi::cluster {
namespace {

// Every interface of the schema, also those that are added later.
std::vector<capnp::InterfaceSchema> allInterfaces(const capnp::SchemaParser& parser) {
  auto disk = kj::newDiskFilesystem();
  auto import = [&disk](const char* path) {
    return disk->getRoot().openSubdir(kj::Path::parse(kj::StringPtr(path).slice(1)));
  };
  auto proto = import(PI_PROTO_DIRECTORY);
  auto standard = import(PI_CAPNP_INCLUDE_DIRECTORY);
  const kj::ReadableDirectory* const imports[] = {standard.get()};
  capnp::ParsedSchema file = parser.parseFromDirectory(*proto, kj::Path("pi.capnp"), imports);
  std::vector<capnp::InterfaceSchema> interfaces;
  for (capnp::ParsedSchema nested : file.getAllNested()) {
    if (nested.getProto().isInterface()) interfaces.push_back(nested.asInterface());
  }
  return interfaces;
}

// Calls on a capability every method of every interface except its own ones, and checks that none
// of them exists for it.  Returns the number of these methods.
std::size_t callAllBut(const std::vector<std::uint64_t>& own, capnp::Capability::Client capability,
                       const std::vector<capnp::InterfaceSchema>& interfaces, net::KjLoop& loop) {
  std::size_t methods = 0;
  for (capnp::InterfaceSchema interface : interfaces) {
    if (std::ranges::find(own, interface.getProto().getId()) != own.end()) continue;
    auto foreign = capability.castAs<capnp::DynamicCapability>(interface);
    for (capnp::InterfaceSchema::Method method : interface.getMethods()) {
      std::string what = std::string(interface.getShortDisplayName().cStr()) + "." +
                         method.getProto().getName().cStr();
      CAPTURE(what);
      ++methods;
      auto failure = kj::runCatchingExceptions(
          [&] { foreign.newRequest(method).send().wait(loop.waitScope()); });
      bool isMissing = false;
      KJ_IF_MAYBE (exception, failure) {
        isMissing = exception->getType() == kj::Exception::Type::UNIMPLEMENTED;
      }
      CHECK(isMissing);
    }
  }
  return methods;
}

// All interfaces of the schema.
struct Everything {
  capnp::SchemaParser parser;
  std::vector<capnp::InterfaceSchema> interfaces = allInterfaces(parser);

  std::size_t methodsOf(const std::vector<std::uint64_t>& some) const {
    std::size_t methods = 0;
    for (const auto& interface : interfaces) {
      bool isOne = std::ranges::find(some, interface.getProto().getId()) != some.end();
      if (isOne || some.empty()) methods += interface.getMethods().size();
    }
    return methods;
  }

  void expectOnly(const std::vector<std::uint64_t>& own, capnp::Capability::Client capability,
                  net::KjLoop& loop) const {
    CHECK(callAllBut(own, kj::mv(capability), interfaces, loop) == methodsOf({}) - methodsOf(own));
  }
};

class Control final : public wire::WorkerControl::Server {};

class Onlooker final : public wire::Watcher::Server {
  kj::Promise<void> update(UpdateContext) override { return kj::READY_NOW; }
};

}  // namespace

TEST_CASE("a key opens the methods of its own role, and no other method exists for it") {
  Cluster cluster;
  std::uint64_t jobId = cluster.submit(kEndless);
  net::KjLoop loop;
  Everything everything;
  CHECK(everything.interfaces.size() >= 12);
  auto expectOnly = [&](std::uint64_t own, capnp::Capability::Client capability) {
    everything.expectOnly({own}, kj::mv(capability), loop);
  };

  SUBCASE("a client's key") {
    net::Connection connection(callAs(loop, Role::kClient, cluster.connectionFile()));
    auto gate = connection.bootstrap().castAs<wire::ClientGate>();
    expectOnly(capnp::typeId<wire::ClientGate>(), gate);
    auto enter = gate.enterAsClientRequest();
    net::introduce(enter.initPeer());
    auto desk = enter.send().wait(loop.waitScope()).getDesk();
    expectOnly(capnp::typeId<wire::ClientDesk>(), desk);
    auto open = desk.openRequest();
    open.setId(jobId);
    auto job = open.send().wait(loop.waitScope()).getJob();
    expectOnly(capnp::typeId<wire::Job>(), job);
    auto watch = job.watchRequest();
    watch.setWatcher(kj::heap<Onlooker>());
    watch.setMinPeriodNanoseconds(1'000'000'000);
    expectOnly(capnp::typeId<wire::Subscription>(),
               watch.send().wait(loop.waitScope()).getSubscription());
  }
  SUBCASE("an owner's key, which opens all that a client's key does") {
    net::Connection connection(callAs(loop, Role::kOwner, cluster.connectionFile()));
    auto gate = connection.bootstrap().castAs<wire::OwnerGate>();
    everything.expectOnly({capnp::typeId<wire::OwnerGate>(), capnp::typeId<wire::ClientGate>()},
                          gate, loop);
    auto enter = gate.enterAsOwnerRequest();
    net::introduce(enter.initPeer());
    auto desk = enter.send().wait(loop.waitScope()).getDesk();
    everything.expectOnly({capnp::typeId<wire::OwnerDesk>(), capnp::typeId<wire::ClientDesk>()},
                          desk, loop);
    CHECK(desk.listRequest().send().wait(loop.waitScope()).getJobs().size() == 1);
    net::Connection another(callAs(loop, Role::kOwner, cluster.connectionFile()));
    auto asClient = another.bootstrap().castAs<wire::ClientGate>().enterAsClientRequest();
    net::introduce(asClient.initPeer());
    expectOnly(capnp::typeId<wire::ClientDesk>(), asClient.send().wait(loop.waitScope()).getDesk());
  }
  SUBCASE("a worker's key") {
    net::Connection connection(callAs(loop, Role::kWorker, cluster.connectionFile()));
    auto gate = connection.bootstrap().castAs<wire::WorkerGate>();
    expectOnly(capnp::typeId<wire::WorkerGate>(), gate);
    auto enter = gate.enterAsWorkerRequest();
    net::introduce(enter.initPeer());
    auto desk = enter.send().wait(loop.waitScope()).getDesk();
    expectOnly(capnp::typeId<wire::WorkerDesk>(), desk);
    auto join = desk.joinRequest();
    join.initHello().initProfile().setThreads(1);
    join.setControl(kj::heap<Control>());
    expectOnly(capnp::typeId<wire::WorkerSession>(),
               join.send().wait(loop.waitScope()).getSession());
  }
  CHECK(cluster.stateOf(jobId) != "cancelled");
  CHECK_FALSE(cluster.scheduler().hasEnded());
}

TEST_CASE(
    "without keys the gate opens every desk, and each desk has the methods of one role only") {
  Cluster cluster({"--insecure"});
  net::KjLoop loop;
  Everything everything;
  net::Connection connection(callAs(loop, Role::kClient, cluster.connectionFile()));
  auto gate = connection.bootstrap().castAs<wire::Gate>();
  everything.expectOnly({capnp::typeId<wire::Gate>(), capnp::typeId<wire::WorkerGate>(),
                         capnp::typeId<wire::OwnerGate>(), capnp::typeId<wire::ClientGate>(),
                         capnp::typeId<wire::SchedulerGate>()},
                        gate, loop);

  auto enter = gate.enterAsWorkerRequest();
  net::introduce(enter.initPeer());
  everything.expectOnly({capnp::typeId<wire::WorkerDesk>()},
                        enter.send().wait(loop.waitScope()).getDesk(), loop);
  net::Connection another(callAs(loop, Role::kClient, cluster.connectionFile()));
  auto asClient = another.bootstrap().castAs<wire::Gate>().enterAsClientRequest();
  net::introduce(asClient.initPeer());
  everything.expectOnly({capnp::typeId<wire::ClientDesk>()},
                        asClient.send().wait(loop.waitScope()).getDesk(), loop);
  CHECK_FALSE(cluster.scheduler().hasEnded());
}

}  // namespace pi::cluster
