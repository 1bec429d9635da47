#include "scheduler/proof.h"

#include <doctest/doctest.h>

#include <asio/ip/tcp.hpp>

#include "common/net/tls/keys.h"
#include "common/net/transport/listener.h"
#include "scheduler/keys.h"
#include "scheduler/rpc/connection_manager.h"
#include "tests/net/authority.h"
#include "tests/unit/process/scratch.h"

namespace pi::scheduler::testing {
namespace {

using Context = std::shared_ptr<const net::TlsContext>;

// A scheduler on a free port of this machine.
struct Running {
  Running(net::KjLoop& loop, const std::string& id, Context tls, std::size_t places = 10)
      : service(loop, Config{.block = {.random = 1}}),
        connections(service, id),
        listener(loop, {.hosts = {"127.0.0.1"}, .connectionsMax = places, .tls = std::move(tls)},
                 [this](std::shared_ptr<net::BufferedSocket> socket) {
                   connections.admit(kj::heap<net::MessageSocket>(std::move(socket)));
                 }) {}

  SchedulerService service;
  ConnectionManager connections;
  net::Listener listener;
};

// The connection file of a scheduler with new keys.
struct Keyed {
  Keyed() {
    keys = {.scheduler = net::makeKeyPair("s"),
            .worker = net::makeKeyPair("w"),
            .client = net::makeKeyPair("c"),
            .owner = net::makeKeyPair("o")};
    publish(keys, file);
    file.schedulerId = "ours";
  }
  Context tls() const {
    return std::make_shared<net::TlsContext>(net::TlsSide::kCalled, keys.scheduler, rolesOf(keys));
  }

  Keys keys;
  net::ConnectionFile file;
};

Presence presenceOf(net::KjLoop& loop, const net::ConnectionFile& file,
                    const AccessOptions& access = {}) {
  return findPresence(loop, file, access).wait(loop.waitScope());
}

TEST_CASE(
    "the pinned key proves that a scheduler is there, whatever key the file has for callers") {
  net::KjLoop loop;
  Keyed ours;
  Running running(loop, "ours", ours.tls());
  ours.file.addresses = {{"127.0.0.1", 1}, {"127.0.0.1", running.listener.port()}};
  for (Role role : {Role::kWorker, Role::kClient, Role::kOwner}) {
    CHECK(presenceOf(loop, forRole(ours.file, role)) == Presence::kProven);
  }
}

TEST_CASE("a scheduler without a free place is proven to be there, too") {
  net::KjLoop loop;
  Keyed ours;
  Running running(loop, "ours", ours.tls(), 0);
  ours.file.addresses = running.listener.addresses();
  CHECK(presenceOf(loop, ours.file) == Presence::kProven);
}

TEST_CASE("another scheduler on the port, with keys or without, is no proof") {
  net::KjLoop loop;
  Keyed ours, neighbours;
  Running keyed(loop, "neighbour's", neighbours.tls());
  Running open(loop, "ours", nullptr);
  for (const Running* running : {&keyed, &open}) {
    ours.file.addresses = running->listener.addresses();
    CHECK(presenceOf(loop, ours.file) == Presence::kOther);
  }
}

TEST_CASE("a program that is silent on the port is no proof, and no program at all is gone") {
  net::KjLoop loop;
  Keyed ours;
  asio::ip::tcp::acceptor silent(loop.io(), {asio::ip::address_v4::loopback(), 0});
  for (net::Security security : {net::Security::kKeys, net::Security::kNone}) {
    ours.file.security = security;
    ours.file.addresses = {{"127.0.0.1", silent.local_endpoint().port()}};
    CHECK(presenceOf(loop, ours.file) == Presence::kOther);
    ours.file.addresses = {{"127.0.0.1", 1}};
    CHECK(presenceOf(loop, ours.file) == Presence::kGone);
    ours.file.addresses = {};
    CHECK(presenceOf(loop, ours.file) == Presence::kGone);
  }
}

TEST_CASE("without keys the scheduler's id is the proof") {
  net::KjLoop loop;
  Running ours(loop, "ours", nullptr), another(loop, "another's", nullptr);
  Keyed closed;
  Running keyed(loop, "ours", closed.tls());
  net::ConnectionFile file;
  file.schedulerId = "ours";
  file.security = net::Security::kNone;
  file.addresses = ours.listener.addresses();
  CHECK(presenceOf(loop, file) == Presence::kProven);
  for (const Running* running : {&another, &keyed}) {
    file.addresses = running->listener.addresses();
    CHECK(presenceOf(loop, file) == Presence::kOther);
  }
}

TEST_CASE("with certificates a valid one and the scheduler's id together are the proof") {
  net::KjLoop loop;
  TemporaryFolder scratch;
  net::testing::Authority site(scratch.path(), "site"), elsewhere(scratch.path(), "elsewhere");
  CertificateFiles certificate = site.issue("scheduler", {"pi-scheduler"});
  CertificateFiles strange = elsewhere.issue("stranger", {"pi-scheduler"});
  strange.authority = certificate.authority;
  auto called = [](const CertificateFiles& files) {
    return std::make_shared<net::TlsContext>(net::TlsSide::kCalled, files);
  };
  AccessOptions access{.certificates = certificate};
  net::ConnectionFile file;
  file.schedulerId = "ours";
  file.security = net::Security::kCertificates;

  Running ours(loop, "ours", called(certificate));
  file.addresses = ours.listener.addresses();
  CHECK(presenceOf(loop, file, access) == Presence::kProven);
  CHECK(presenceOf(loop, file) == Presence::kOther);  // There is nothing to check it with.

  Running another(loop, "another's", called(certificate));
  Running invalid(loop, "ours", called(strange));
  for (const Running* running : {&another, &invalid}) {
    file.addresses = running->listener.addresses();
    CHECK(presenceOf(loop, file, access) == Presence::kOther);
  }
}

}  // namespace
}  // namespace pi::scheduler::testing
