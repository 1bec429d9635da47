#include "common/net/transport/listener.h"

#include <doctest/doctest.h>
#include <kj/vector.h>
#include <sys/resource.h>
#include <unistd.h>

#include <set>
#include <string>

#include "common/net/rpc/connection.h"
#include "common/net/transport/dial.h"
#include "common/net/transport/interfaces.h"
#include "tests/net/testing.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;
using namespace std::chrono_literals;

namespace {

// A listener that keeps all its peers.
struct Host {
  explicit Host(const ListenOptions& options = {.hosts = {"127.0.0.1"}})
      : listener(loop, options, [this](std::shared_ptr<BufferedSocket> peer) {
          peers.add(kj::heap<MessageSocket>(std::move(peer)));
          if (arrival.get() != nullptr) arrival->fulfill();
        }) {}

  Address address(const std::string& host = "127.0.0.1") { return {host, listener.port()}; }
  kj::Promise<void> nextArrival() {
    auto next = kj::newPromiseAndFulfiller<void>();
    arrival = kj::mv(next.fulfiller);
    return kj::mv(next.promise);
  }
  kj::Own<MessageSocket> dialOne(const Address& to) {
    return dial(loop, {to}).wait(loop.waitScope());
  }

  KjLoop loop;
  kj::Own<kj::PromiseFulfiller<void>> arrival;
  kj::Vector<kj::Own<MessageSocket>> peers;
  Listener listener;
};

std::string errorOf(kj::Promise<kj::Own<MessageSocket>>&& promise, KjLoop& loop) {
  auto failure = failureOf(kj::mv(promise), loop);
  KJ_IF_MAYBE (exception, failure) {
    return exception->getDescription().cStr();
  }
  return "";
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// An address where no program listens.
Address freeAddress(KjLoop& loop) {
  Tcp::acceptor acceptor(loop.io(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return {"127.0.0.1", acceptor.local_endpoint().port()};
}

}  // namespace

TEST_CASE("a program that connects to a listener can talk to it") {
  Host host;
  auto arrival = host.nextArrival();
  auto client = host.dialOne(host.address());
  arrival.wait(host.loop.waitScope());

  client->writeMessage(*messageOf(10)).wait(host.loop.waitScope());
  auto message = host.peers[0]->readMessage().wait(host.loop.waitScope());
  CHECK(sizeOf(*message) == 10);
  CHECK(host.listener.connections() == 1);
  CHECK(client->peer() == "127.0.0.1:" + std::to_string(host.listener.port()));
}

TEST_CASE(
    "a listener on every interface accepts connections at each address and name of this machine") {
  Host host{ListenOptions{}};
  for (const std::string& address : machineAddresses()) {
    CAPTURE(address);
    host.dialOne(host.address(address));
  }
  host.dialOne(host.address("localhost"));
}

TEST_CASE("a listener at a name has numeric addresses") {
  Host host{{.hosts = {"localhost"}}};
  REQUIRE(!host.listener.addresses().empty());
  for (const Address& address : host.listener.addresses()) {
    CAPTURE(address.host);
    CHECK((address.host == "127.0.0.1" || address.host == "::1"));
    host.dialOne(address);
  }
}

TEST_CASE("a listener is local if only this machine can reach it") {
  auto isLocal = [](const std::vector<std::string>& hosts) {
    return Host({.hosts = hosts}).listener.isLocal();
  };
  CHECK(isLocal({"127.0.0.1"}));
  CHECK(isLocal({"127.0.0.1", "127.0.0.2"}));
  CHECK_FALSE(isLocal({"0.0.0.0"}));
  CHECK_FALSE(isLocal({}));
}

TEST_CASE("a listener on every IPv4 interface has only IPv4 addresses") {
  Host host{{.hosts = {"0.0.0.0"}}};
  REQUIRE(!host.listener.addresses().empty());
  for (const Address& address : host.listener.addresses()) {
    CAPTURE(address.host);
    CHECK(address.host.find(':') == std::string::npos);
    host.dialOne(address);
  }
}

TEST_CASE("a listener on every interface can be reached at each of its addresses") {
  Host host{ListenOptions{}};
  REQUIRE(!host.listener.addresses().empty());
  for (const Address& address : host.listener.addresses()) {
    CAPTURE(address.host);
    host.dialOne(address);
  }
}

TEST_CASE("an address that is not this machine's is refused with a remedy") {
  KjLoop loop;
  for (const char* host : {"192.0.2.1", "no.such.host.invalid"}) {
    try {
      Listener listener(loop, {.hosts = {host}}, [](std::shared_ptr<BufferedSocket>) {});
      FAIL("listens elsewhere");
    } catch (const ListenError& error) {
      CHECK_FALSE(error.isTaken());
      CHECK(mentions(error.what(), host));
      CHECK(mentions(error.what(), "; choose one of this machine's addresses with --host"));
    }
  }
}

TEST_CASE("a port that is taken is refused in one sentence that names it") {
  Host host;
  for (const std::vector<std::string>& hosts :
       {std::vector<std::string>{}, std::vector<std::string>{"127.0.0.1"}}) {
    try {
      Listener second(host.loop, {.hosts = hosts, .port = host.listener.port()},
                      [](std::shared_ptr<BufferedSocket>) {});
      FAIL("listened twice");
    } catch (const ListenError& error) {
      CHECK(error.isTaken());
      CHECK(mentions(error.what(), std::to_string(host.listener.port())));
    }
  }
  CHECK_THROWS_AS(Listener(host.loop, {.hosts = {"no.such.host.invalid"}},
                           [](std::shared_ptr<BufferedSocket>) {}),
                  ListenError);
}

TEST_CASE("a peer beyond the limit is closed, until another peer leaves") {
  Host host({.hosts = {"127.0.0.1"}, .connectionsMax = 1, .keptForOwner = 0});
  auto& scope = host.loop.waitScope();
  auto arrival = host.nextArrival();
  auto first = host.dialOne(host.address());
  arrival.wait(scope);

  auto second = host.dialOne(host.address());
  CHECK(failureOf(second->readMessage(), host.loop) != nullptr);
  CHECK(host.listener.connections() == 1);

  first = nullptr;
  CHECK(host.peers[0]->tryReadMessage().wait(scope) == nullptr);
  host.peers.clear();
  CHECK(host.listener.connections() == 0);
  arrival = host.nextArrival();
  auto third = host.dialOne(host.address());
  arrival.wait(scope);
}

// The undefined-behaviour sanitizer needs files to look at types.
#ifndef PI_SANITIZED
TEST_CASE("a listener without free file descriptors continues when there are some again") {
  Host host;
  Tcp::socket client(host.loop.io(), Tcp::v4());
  host.loop.timer().afterDelay(toKj(1ms)).wait(host.loop.waitScope());
  auto arrival = host.nextArrival();

  int lowestFree = ::dup(0);
  ::close(lowestFree);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none{.rlim_cur = static_cast<rlim_t>(lowestFree), .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  client.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), host.listener.port()));
  host.loop.timer().afterDelay(toKj(20ms)).wait(host.loop.waitScope());
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);

  CHECK(host.peers.size() == 0);
  arrival.wait(host.loop.waitScope());
  CHECK(host.peers.size() == 1);
}
#endif

TEST_CASE("connecting uses the first address that answers") {
  Host host;
  auto client =
      dial(host.loop, {freeAddress(host.loop), host.address()}).wait(host.loop.waitScope());
  CHECK(client->peer() == "127.0.0.1:" + std::to_string(host.listener.port()));
}

TEST_CASE("the error of connecting names every address in one line") {
  KjLoop loop;
  Address first = freeAddress(loop);
  std::string error = errorOf(dial(loop, {first, {"no.such.host.invalid", 1}}), loop);
  CHECK(mentions(error, toText(first) + " (Connection refused)"));
  CHECK(mentions(error, "tcp://no.such.host.invalid:1 ("));
  CHECK(!mentions(error, "\n"));
  CHECK(mentions(errorOf(dial(loop, {}), loop), "no address"));
}

TEST_CASE("an address that does not answer is skipped after attemptMax") {
  Host host;
  Tcp::acceptor full(host.loop.io());
  full.open(Tcp::v4());
  full.bind(Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  full.listen(0);
  Tcp::socket guest(host.loop.io());
  guest.connect(full.local_endpoint());  // It fills the queue; the kernel drops the next one.

  Address silent{"127.0.0.1", full.local_endpoint().port()};
  CHECK(mentions(errorOf(dial(host.loop, {silent}, {.attemptMax = 50ms}), host.loop), "no answer"));
  dial(host.loop, {silent, host.address()}, {.attemptMax = 50ms}).wait(host.loop.waitScope());
  { auto dropped = dial(host.loop, {silent}); }
  { auto dropped = dial(host.loop, {{"localhost", 1}}); }
  host.loop.timer().afterDelay(toKj(1ms)).wait(host.loop.waitScope());
}

TEST_CASE("the limit on open files is raised as far as possible") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(raiseOpenFilesLimit() == before.rlim_max);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("peers and handshakes need no more files than there are, and each kind has some places") {
  ListenOptions usual;
  for (std::size_t filesMax = 0; filesMax < 20'000; filesMax += filesMax < 600 ? 1 : 97) {
    CAPTURE(filesMax);
    ListenOptions possible = withinOpenFiles(usual, filesMax);
    if (filesMax >= 8) CHECK(possible.connectionsMax + possible.handshakesMax < filesMax);
    if (filesMax >= 2 * kOtherFilesMax) CHECK(openFilesFor(possible) <= filesMax);
    CHECK(possible.connectionsMax <= usual.connectionsMax);
    CHECK(possible.handshakesMax <= usual.handshakesMax);
    CHECK(possible.handshakesMax >= 1);
    CHECK(possible.clientsMax >= 1);
    CHECK(possible.clientsMax <= possible.connectionsMax - possible.clientsMax);
    CHECK(possible.workerConnectionsMax >= 1);
    CHECK(possible.workerConnectionsMax + 2 <=
          possible.connectionsMax);  // One client's, one the owner's.
    CHECK(possible.handshakeSlow >= 100ms);
    CHECK(possible.handshakeSlow <= usual.handshakeSlow);
  }
}

TEST_CASE(
    "enough files leave the limits as they are, and 384 files leave some places of each kind") {
  ListenOptions usual;
  CHECK(openFilesFor(usual) == kOpenFilesWanted);
  CHECK(withinOpenFiles(usual, openFilesFor(usual)).connectionsMax == 16'384);
  CHECK(withinOpenFiles(usual, openFilesFor(usual)).handshakeSlow == 1s);

  ListenOptions possible = withinOpenFiles(usual, 384);
  CHECK(possible.connectionsMax == 144);
  CHECK(possible.clientsMax == 72);
  CHECK(possible.workerConnectionsMax == 126);
  CHECK(possible.handshakesMax == 48);
  CHECK(possible.handshakeSlow == 100ms);
}

TEST_CASE("this machine has addresses, those of containers last, and a name") {
  auto all = machineAddresses();
  REQUIRE(!all.empty());
  CHECK(std::ranges::find(all, "127.0.0.1") != all.end());
  std::set<std::string> containers;
  for (const std::string& name : interfaceNames()) {
    if (!isForContainers(name)) continue;
    for (const std::string& address : interfaceAddresses(name)) containers.insert(address);
  }
  while (containers.contains(all.back())) all.pop_back();
  CHECK((all.back() == "127.0.0.1" || all.back() == "::1"));
  CHECK(interfaceAddresses("lo").at(0) == "127.0.0.1");
  CHECK(interfaceAddresses("no such interface").empty());
  CHECK(!hostName().empty());
}

TEST_CASE("interfaces for containers are known by their names, and other bridges are not") {
  for (const char* name :
       {"docker0", "br-1a2b3c", "veth12ab", "virbr0", "cni0", "lxcbr0", "lxdbr0"}) {
    CAPTURE(name);
    CHECK(isForContainers(name));
  }
  for (const char* name : {"eth0", "ib0", "bond0", "br0", "lo", "eno1np0"}) {
    CAPTURE(name);
    CHECK_FALSE(isForContainers(name));
  }
}
