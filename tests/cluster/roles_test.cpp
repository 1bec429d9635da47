#include <capnp/dynamic.h>
#include <capnp/schema-parser.h>
#include <doctest/doctest.h>
#include <kj/filesystem.h>

#include "common/net/client_link.h"
#include "common/net/connection.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/raw_peer.h"

namespace pi::cluster {
namespace {

// Every interface of the schema, whatever it will have one day.
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

// Calls every method of every interface but its own ones on a capability: how many there are.
// None may exist for it.
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

class Control final : public wire::WorkerControl::Server {};

}  // namespace

TEST_CASE("what a key opens has no method but its own role's, however it is called") {
  Cluster cluster;
  std::uint64_t jobId = cluster.submit(kEndless);
  net::KjLoop loop;
  capnp::SchemaParser parser;
  std::vector<capnp::InterfaceSchema> interfaces = allInterfaces(parser);
  CHECK(interfaces.size() >= 10);
  std::size_t all = 0;
  for (const auto& interface : interfaces) all += interface.getMethods().size();

  auto expectOnly = [&](std::uint64_t own, capnp::Capability::Client capability) {
    std::size_t ownMethods = 0;
    for (const auto& interface : interfaces) {
      if (interface.getProto().getId() == own) ownMethods = interface.getMethods().size();
    }
    CHECK(callAllBut({own}, kj::mv(capability), interfaces, loop) == all - ownMethods);
  };

  SUBCASE("a client's") {
    net::Connection connection(callAs(loop, Role::kClient, cluster.connectionFile()));
    auto gate = connection.bootstrap().castAs<wire::ClientGate>();
    expectOnly(capnp::typeId<wire::ClientGate>(), gate);
    auto enter = gate.enterAsClientRequest();
    net::introduce(enter.initPeer());
    auto desk = enter.send().wait(loop.waitScope()).getDesk();
    expectOnly(capnp::typeId<wire::ClientDesk>(), desk);
    auto open = desk.openRequest();
    open.setId(jobId);
    expectOnly(capnp::typeId<wire::Job>(), open.send().wait(loop.waitScope()).getJob());
  }
  SUBCASE("a worker's") {
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

}  // namespace pi::cluster
