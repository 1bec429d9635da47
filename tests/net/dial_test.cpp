#include "common/net/transport/dial.h"

#include <doctest/doctest.h>
#include <kj/vector.h>

#include <atomic>
#include <memory>
#include <string>

#include "common/net/transport/listener.h"
#include "tests/net/testing.h"
#include "tests/no_threads.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;
using namespace std::chrono_literals;

namespace {

// A scheduler's port, and others at which nothing is right.
struct Places {
  KjLoop loop;
  kj::Vector<kj::Own<MessageSocket>> peers;
  Listener listener{loop, {.hosts = {"127.0.0.1"}}, [this](std::shared_ptr<BufferedSocket> peer) {
                      peers.add(kj::heap<MessageSocket>(std::move(peer)));
                    }};
  Tcp::acceptor full{loop.io()};
  Tcp::socket guest{loop.io()};

  Places() {
    full.open(Tcp::v4());
    full.bind(Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    full.listen(0);
    guest.connect(full.local_endpoint());  // It fills the queue; the kernel drops the next ones.
  }

  Address good() { return {"127.0.0.1", listener.port()}; }
  // No packet to it is answered.
  Address silent() { return {"127.0.0.1", full.local_endpoint().port()}; }
  // Nothing listens there.
  Address refusing() {
    Tcp::acceptor acceptor(loop.io(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return {"127.0.0.1", acceptor.local_endpoint().port()};
  }

  std::string errorOf(const std::vector<Address>& addresses, const DialOptions& options) {
    auto failure = failureOf(dial(loop, addresses, options), loop);
    KJ_IF_MAYBE (exception, failure) {
      return exception->getDescription().cStr();
    }
    return "";
  }
  bool reaches(kj::Promise<kj::Own<MessageSocket>>&& call) {
    return call.wait(loop.waitScope())->peer() == "127.0.0.1:" + std::to_string(listener.port());
  }
};

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Endpoints endpointsOf(const std::vector<Address>& addresses) {
  Endpoints endpoints;
  for (const Address& address : addresses) {
    endpoints.emplace_back(asio::ip::make_address(address.host), address.port);
  }
  return endpoints;
}

const Address kName{"scheduler.site", 8786};

// A name server that does not answer while this object exists.  Its threads may outlive it.
class Stuck {
 public:
  ~Stuck() {
    *isOver_ = true;
    isOver_->notify_all();
  }
  Resolve resolve() const {
    return [isOver = isOver_](const Address&) -> Resolved {
      isOver->wait(false);
      return Endpoints{};
    };
  }

 private:
  std::shared_ptr<std::atomic<bool>> isOver_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace

TEST_CASE("an address is called although all addresses before it are silent") {
  Places places;
  std::vector<Address> addresses(25, places.silent());
  addresses.push_back(places.good());

  // One after the other would take longer than a test may run.
  CHECK(places.reaches(dial(places.loop, addresses, {.attemptMax = 1h, .nextCall = 1ms})));
}

TEST_CASE("an address that refuses does not delay the next one") {
  Places places;
  CHECK(places.reaches(
      dial(places.loop, {places.refusing(), places.good()}, {.attemptMax = 1h, .nextCall = 1h})));
}

TEST_CASE("a call fails only after every address was called, and names each with the reason") {
  Places places;
  Address refusing = places.refusing();

  std::string error =
      places.errorOf({places.silent(), refusing}, {.attemptMax = 20ms, .nextCall = 1h});

  CHECK(error == "no scheduler answers at " + toText(places.silent()) + " (no answer), " +
                     toText(refusing) + " (Connection refused)");
}

TEST_CASE("the lookup of a name does not count as a part of the call") {
  Places places;
  std::atomic<bool> mayAnswer = false;
  auto resolve = [&](const Address&) -> Resolved {
    mayAnswer.wait(false);
    return endpointsOf({places.good()});
  };

  auto call = dial(places.loop, {kName}, {.attemptMax = 1ms, .resolve = resolve});
  auto longAfter = places.loop.timer().afterDelay(toKj(30ms)).eagerlyEvaluate(nullptr);
  longAfter.wait(places.loop.waitScope());
  REQUIRE_FALSE(call.poll(places.loop.waitScope()));
  mayAnswer = true;
  mayAnswer.notify_all();

  // The attempt itself has a millisecond, which may be too short on a busy machine.
  auto failure = failureOf(kj::mv(call), places.loop);
  KJ_IF_MAYBE (exception, failure) {
    CHECK(mentions(exception->getDescription().cStr(), "(127.0.0.1: no answer)"));
  }
}

TEST_CASE("if the lookup is the trouble, the error says so") {
  Places places;
  Stuck stuck;
  auto unknown = [](const Address&) -> Resolved {
    return ConnectError(ConnectFailure::kUnreachable, "the name cannot be looked up: no such name");
  };

  CHECK(places.errorOf({kName}, {.lookupMax = 1ms, .resolve = stuck.resolve()}) ==
        "no scheduler answers at tcp://scheduler.site:8786 (no name server has told its address "
        "within 1 ms)");
  CHECK(places.errorOf({kName}, {.resolve = unknown}) ==
        "no scheduler answers at tcp://scheduler.site:8786 (the name cannot be looked up: no such "
        "name)");
  CHECK(mentions(places.errorOf({{"no.such.host.invalid", 1}}, {}),
                 "(the name cannot be looked up: "));
}

TEST_CASE("if no thread can be started for a lookup, the error names the limits") {
  Places places;
  NoThreads none;
  CHECK(places.errorOf({kName}, {}) ==
        "no scheduler answers at tcp://scheduler.site:8786 (the name cannot be looked up: a thread "
        "cannot be started; raise the limits on threads and memory (ulimit -u, ulimit -v))");
}

TEST_CASE("every endpoint of a name is called") {
  Places places;
  auto resolve = [&](const Address&) -> Resolved {
    return endpointsOf({places.silent(), places.refusing(), places.good()});
  };
  CHECK(places.reaches(
      dial(places.loop, {kName}, {.attemptMax = 1h, .nextCall = 1ms, .resolve = resolve})));
}

TEST_CASE("an address that answers is used while a name is still looked up") {
  Places places;
  Stuck stuck;

  CHECK(places.reaches(dial(places.loop, {kName, places.good()}, {.resolve = stuck.resolve()})));
}

TEST_CASE("a name without any address is an error") {
  Places places;
  auto nothing = [](const Address&) -> Resolved { return Endpoints{}; };
  CHECK(mentions(places.errorOf({kName}, {.resolve = nothing}), "tcp://scheduler.site:8786"));
}
