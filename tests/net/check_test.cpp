// The findings of --check, with schedulers that are played.
#include "common/net/check/check.h"

#include <doctest/doctest.h>
#include <kj/vector.h>
#include <sys/stat.h>

#include <asio/write.hpp>
#include <string>

#include "common/net/check/causes.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/loop/clock.h"
#include "common/net/rpc/client_link.h"
#include "common/net/transport/interfaces.h"
#include "common/net/transport/listener.h"
#include "tests/net/testing.h"
#include "tests/net/tls_testing.h"
#include "tests/temporary_folder.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;
using namespace std::chrono_literals;

namespace {

// How the played scheduler answers.
struct Manner {
  Duration clockAhead{};
  wire::Refusal::Code refusal = wire::Refusal::Code::NONE;
};

class PlayedGate final : public wire::Gate::Server {
 public:
  explicit PlayedGate(const Manner& manner) : manner_(manner) {}

 private:
  template <typename Results>
  void answer(Results results) {
    introduce(results.initScheduler());
    results.getScheduler().setCalendarNanoseconds(
        (wallNow() + manner_.clockAhead).time_since_epoch().count());
    if (manner_.refusal == wire::Refusal::Code::NONE) return;
    results.initRefusal().setCode(manner_.refusal);
    results.getRefusal().setSentence("use programs of the same release");
  }
  kj::Promise<void> enterAsWorker(EnterAsWorkerContext context) override {
    answer(context.getResults());
    return kj::READY_NOW;
  }
  kj::Promise<void> enterAsClient(EnterAsClientContext context) override {
    answer(context.getResults());
    return kj::READY_NOW;
  }

  const Manner manner_;
};

// A scheduler's port and its connection file.
struct Played {
  explicit Played(const Manner& manner = {}, std::shared_ptr<const TlsContext> tls = nullptr)
      : listener(loop, {.hosts = {"127.0.0.1"}, .tls = std::move(tls)},
                 [this, manner](std::shared_ptr<BufferedSocket> peer) {
                   connections.add(
                       kj::heap<Connection>(kj::heap<MessageSocket>(std::move(peer)),
                                            wire::Gate::Client(kj::heap<PlayedGate>(manner))));
                 }) {
    content.schedulerId = "played";
    content.host = hostName();
    content.security = Security::kNone;
    content.addresses = {good()};
  }

  Address good() const { return {"127.0.0.1", listener.port()}; }
  std::filesystem::path file() const { return folder.path() / "scheduler.json"; }

  CheckReport check(Role role = Role::kClient) {
    writeConnectionFile(file(), content);
    return checkWay(loop, {.role = role, .file = file()});
  }

  TemporaryFolder folder;
  ConnectionFile content;
  KjLoop loop;
  kj::Vector<kj::Own<Connection>> connections;
  Listener listener;
};

// Nothing listens there.
Address refusing(KjLoop& loop) {
  Tcp::acceptor acceptor(loop.io(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return {"127.0.0.1", acceptor.local_endpoint().port()};
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a scheduler that answers works for a worker and for a client") {
  for (Role role : {Role::kWorker, Role::kClient}) {
    Played played;
    CheckReport report = played.check(role);
    REQUIRE(report.addresses.size() == 1);
    CHECK(report.addresses[0].finding == Finding::kWorks);
    CHECK_FALSE(report.addresses[0].version.empty());
    CHECK(exitCodeOf(report) == ExitCode::kDone);
    std::string text = textOf(report);
    CHECK(mentions(text, toText(played.good()) + "\n    works: pi-scheduler "));
    CHECK(mentions(text, "clock agrees"));
    CHECK(mentions(text, "pi-" + std::string(name(role)) + " can use this scheduler\n"));
  }
}

TEST_CASE("each address is called, and each says what happened and why, likely") {
  Played played;
  Tcp::acceptor full(played.loop.io());
  full.open(Tcp::v4());
  full.bind(Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  full.listen(0);
  Tcp::socket guest(played.loop.io());
  guest.connect(full.local_endpoint());  // The kernel drops the next ones.
  Tcp::acceptor other(played.loop.io(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  other.async_accept([](std::error_code error, Tcp::socket socket) {
    if (!error) asio::write(socket, asio::buffer("SSH-2.0-something\r\n", 19), error);
  });
  played.content.addresses = {refusing(played.loop),
                              {"127.0.0.1", full.local_endpoint().port()},
                              {"127.0.0.1", other.local_endpoint().port()},
                              played.good()};

  CheckReport report = played.check();

  REQUIRE(report.addresses.size() == 4);
  CHECK(report.addresses[0].finding == Finding::kRefused);
  CHECK(mentions(report.addresses[0].cause.value(), "has ended"));
  CHECK(report.addresses[1].finding == Finding::kNoAnswer);
  CHECK(mentions(report.addresses[1].cause.value(), "firewall"));
  CHECK(mentions(report.addresses[1].cause.value(), "--interface"));
  CHECK(report.addresses[2].finding == Finding::kNotAScheduler);
  CHECK(mentions(report.addresses[2].cause.value(), "old"));
  CHECK(report.addresses[3].finding == Finding::kWorks);
  CHECK_FALSE(report.addresses[3].cause);
  CHECK(exitCodeOf(report) == ExitCode::kDone);  // One is enough.

  report.addresses.pop_back();
  CHECK(exitCodeOf(report) == ExitCode::kNoScheduler);
}

TEST_CASE("a clock that is an hour ahead is told, and no fault") {
  Played played({.clockAhead = 1h});
  CheckReport report = played.check(Role::kWorker);
  REQUIRE(report.addresses.at(0).clockAhead);
  CHECK(*report.addresses[0].clockAhead > 59min);
  CHECK(*report.addresses[0].clockAhead < 61min);
  CHECK(mentions(textOf(report), " ahead of the one of this machine"));
  CHECK(exitCodeOf(report) == ExitCode::kDone);
}

TEST_CASE("a clock that is an hour behind is told, too") {
  Played played({.clockAhead = -1h});
  CHECK(mentions(textOf(played.check()), " behind the one of this machine"));
}

TEST_CASE("a scheduler of another release refuses, with its sentence") {
  Played played({.refusal = wire::Refusal::Code::VERSION_MISMATCH});
  CheckReport report = played.check(Role::kWorker);
  CHECK(report.addresses.at(0).finding == Finding::kOtherVersion);
  CHECK(exitCodeOf(report) == ExitCode::kRefused);
  CHECK(mentions(textOf(report), "fails: use programs of the same release"));
}

TEST_CASE("a full scheduler is not a refusal") {
  Played played({.refusal = wire::Refusal::Code::LIMIT_REACHED});
  CheckReport report = played.check();
  CHECK(report.addresses.at(0).finding == Finding::kFull);
  CHECK(exitCodeOf(report) == ExitCode::kNoScheduler);
}

TEST_CASE("a scheduler with other keys means that the file is old") {
  Played played({}, calledContext(keys().stranger));
  played.content.security = Security::kKeys;
  played.content.schedulerKey = fingerprintOf(keys().scheduler);
  played.content.workerKey = keys().worker;
  CheckReport report = played.check(Role::kWorker);
  CHECK(report.addresses.at(0).finding == Finding::kNotAccepted);
  CHECK(mentions(report.addresses[0].sentence, "does not have the expected scheduler's key"));
  CHECK(mentions(report.addresses[0].cause.value(), "old"));
  CHECK(exitCodeOf(report) == ExitCode::kRefused);
}

TEST_CASE("a file without a key for this role says how to get one") {
  Played played({}, calledContext());
  played.content.security = Security::kKeys;
  played.content.schedulerKey = fingerprintOf(keys().scheduler);
  played.content.clientKey = keys().client;
  CHECK(exitCodeOf(played.check(Role::kClient)) == ExitCode::kDone);
  CheckReport report = played.check(Role::kWorker);
  CHECK(exitCodeOf(report) == ExitCode::kRefused);
  CHECK(report.addresses.at(0).finding == Finding::kNoKey);
  CHECK(mentions(textOf(report), "pi-scheduler access worker"));
}

TEST_CASE("a missing connection file asks whether the home directory is shared") {
  KjLoop loop;
  TemporaryFolder folder;
  CheckReport report =
      checkWay(loop, {.role = Role::kWorker, .file = folder.path() / "scheduler.json"});
  CHECK(report.addresses.empty());
  CHECK(exitCodeOf(report) == ExitCode::kNoScheduler);
  std::string text = textOf(report);
  CHECK(mentions(text, (folder.path() / "scheduler.json").string()));
  CHECK(mentions(text, "is the home directory shared?"));
  CHECK(mentions(text, "pi-scheduler access worker"));
  CHECK(mentions(text, "pi-worker cannot use a scheduler\n"));
}

TEST_CASE("a connection file that others could write is refused") {
  Played played;
  played.check();
  ::chmod(played.file().c_str(), 0666);
  CheckReport report = checkWay(played.loop, {.file = played.file()});
  CHECK(report.addresses.empty());
  CHECK(exitCodeOf(report) == ExitCode::kRefused);
}

TEST_CASE("an address that the user gives is called instead of those in the file") {
  Played played;
  played.content.addresses = {refusing(played.loop)};
  played.check();
  CheckReport report = checkWay(played.loop, {.file = played.file(), .address = played.good()});
  REQUIRE(report.addresses.size() == 1);
  CHECK(report.addresses[0].address == played.good());
  CHECK(works(report));

  // Without a file and without keys, the file is no trouble.
  CheckReport alone = checkWay(played.loop, {.file = played.folder.path() / "none",
                                             .address = played.good(),
                                             .access = {.certificates = {}, .insecure = true}});
  CHECK(works(alone));
  CHECK_FALSE(mentions(textOf(alone), "connection file"));
}

TEST_CASE("a loopback address fails on other machines, and that is no fault") {
  FileOrigin origin{.host = "login1", .pid = 7};
  auto cause = causeOf(Finding::kRefused, {"127.0.0.1", 8786}, origin);
  CHECK(mentions(cause.value(), "only programs on login1"));
  origin.isHere = true;
  CHECK_FALSE(mentions(causeOf(Finding::kRefused, {"127.0.0.1", 8786}, origin).value(), "only"));
}

TEST_CASE("the cause of a closed port depends on what is known of the scheduler") {
  Address address{"10.0.0.1", 8786};
  FileOrigin origin{.host = "login1", .pid = 7};
  CHECK(mentions(causeOf(Finding::kRefused, address, origin).value(), "login1 has ended"));
  origin.isHere = origin.hasEnded = true;
  CHECK(mentions(causeOf(Finding::kRefused, address, origin).value(), "this scheduler has ended"));
  CHECK(mentions(causeOf(Finding::kRefused, address, std::nullopt).value(), "check the address"));
  CHECK(mentions(causeOf(Finding::kNoWay, address, origin).value(), "--interface"));
  CHECK_FALSE(causeOf(Finding::kWorks, address, origin));
}
