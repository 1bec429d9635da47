// A whole scheduler and its peers in one process, on one loop.
#include "scheduler/server.h"

#include <doctest/doctest.h>
#include <signal.h>

#include "common/net/discovery/credentials.h"
#include "common/net/rpc/client_link.h"
#include "common/wire/wire.h"
#include "tests/unit/process/scratch.h"
#include "tests/unit/service/captured_log.h"

namespace pi::scheduler::testing {
namespace {

namespace fs = std::filesystem;

// A scheduler on a free port of this machine, with its files in a folder of their own.
struct Running {
  Running() {
    options.host = "127.0.0.1";
    options.port = 0;
    options.dashboard.port = 0;
    options.stateDir = (scratch.path() / "state").string();
    options.connectionFile = file().string();
  }
  fs::path file() const { return scratch.path() / "scheduler.json"; }
  void start() { server = std::make_unique<Server>(loop, options); }
  net::ConnectionFile published() const { return net::readConnectionFile(file()).value(); }

  net::DialOptions access(Role role) const {
    net::ConnectionFileRead read = net::readConnectionFile(file());
    return {.credentials = net::credentialsFor(role, options.access, read)};
  }
  std::unique_ptr<net::ClientLink> client() {
    return std::make_unique<net::ClientLink>(
        net::enterAsClient(loop, published().addresses, std::nullopt, access(Role::kClient)));
  }
  std::uint64_t submit(net::ClientLink& link) {
    auto request = link.desk.submitRequest();
    toWire(JobSpec{.samples = 1000, .chunkSize = 100}, request.initSpec());
    return request.send().wait(loop.waitScope()).getId();
  }
  // Serves until the scheduler has stopped, and closes everything.
  std::optional<std::string> serveToTheEnd() {
    std::optional<std::string> unsaved = server->run();
    server.reset();
    return unsaved;
  }

  TemporaryFolder scratch;
  CapturedLog log;
  net::KjLoop loop;
  ServeOptions options;
  std::unique_ptr<Server> server;
};

class Control final : public wire::WorkerControl::Server {};

// A worker that computes nothing.
struct Worker {
  explicit Worker(Running& running)
      : connection(
            net::dial(running.loop, running.published().addresses, running.access(Role::kWorker))
                .wait(running.loop.waitScope())) {
    kj::WaitScope& scope = running.loop.waitScope();
    auto enter = connection.bootstrap().castAs<wire::WorkerGate>().enterAsWorkerRequest();
    net::introduce(enter.initPeer());
    auto desk = enter.send().wait(scope).getDesk();
    auto join = desk.joinRequest();
    toWire(WorkerProfile{.name = "w",
                         .host = "",
                         .threads = 1,
                         .kernel = "",
                         .samplesPerSecond = 1000,
                         .batchJob = ""},
           join.initHello().initProfile());
    join.setControl(kj::heap<Control>());
    session = join.send().wait(scope).getSession();
  }
  net::Connection connection;
  wire::WorkerSession::Client session = nullptr;
};

TEST_CASE("a scheduler is found by its connection file, saves a job, and stops when it is told") {
  Running running;
  running.start();
  CHECK(running.published().pid == static_cast<std::uint32_t>(::getpid()));
  auto link = running.client();
  CHECK(running.submit(*link) == 1);

  std::uint64_t left = 0;
  auto stop = link->desk.stopRequest()
                  .send()
                  .then([&](auto&& answer) {
                    left = answer.getUnfinishedJobs();
                    link->connection->close();
                  })
                  .eagerlyEvaluate(nullptr);

  CHECK_FALSE(running.serveToTheEnd());
  stop.wait(running.loop.waitScope());
  CHECK(left == 1);
  CHECK_FALSE(fs::exists(running.file()));
  link.reset();
  running.start();
  CHECK(mentions(running.log.text(), "loaded 1 job"));
  link = running.client();
  CHECK(running.submit(*link) == 2);
}

TEST_CASE("a signal stops a scheduler, and a worker's report of that moment is answered") {
  Running running;
  running.start();
  Worker worker(running);
  auto link = running.client();
  running.submit(*link);
  auto lent = worker.session.exchangeRequest().send().wait(running.loop.waitScope());
  REQUIRE(lent.getLeases().size() > 0);
  SampleRange range = fromWire(lent.getLeases()[0]).range;
  auto report = worker.session.heartbeatRequest();
  auto tally = report.initDone(1)[0];
  toWire(LeaseTally{.lease = fromWire(lent.getLeases()[0]).id,
                    .job = JobId{1},
                    .tally = {.range = range, .hits = {.strata = {range.size() * 3 / 4}}},
                    .sequence = 1},
         tally);
  bool isAnswered = false;
  ::raise(SIGTERM);
  auto reported =
      report.send()
          .then([&](auto&&) { isAnswered = true; }, [&](kj::Exception&&) { isAnswered = true; })
          .then([&] {
            worker.connection.close();
            link->connection->close();
          })
          .eagerlyEvaluate(nullptr);

  CHECK_FALSE(running.serveToTheEnd());
  CHECK(isAnswered);
  CHECK(mentions(running.log.text(), "got SIGTERM: stopping"));
  CHECK(mentions(running.log.text(), "1 unfinished job is kept; 1 worker waits"));
}

TEST_CASE("a scheduler without work stops after its idle timeout") {
  Running running;
  running.options.idleTimeout = std::chrono::milliseconds(1);
  running.start();
  CHECK_FALSE(running.serveToTheEnd());
  CHECK(mentions(running.log.text(), "nothing to do for 1 ms: stopping"));
}

TEST_CASE("a scheduler warns of a folder above its connection file that others can write to") {
  Running running;
  running.start();
  CHECK_FALSE(mentions(running.log.text(), "is not safe"));
  running.server.reset();
  fs::path open = running.scratch.path() / "open";
  fs::create_directory(open);
  fs::permissions(open, fs::perms::all);
  running.options.connectionFile = (open / "scheduler.json").string();
  running.start();
  CHECK(running.log.count("the connection file " + *running.options.connectionFile +
                          " is not safe: " + open.string() +
                          ", above it, can be written by others") == 1);
}

TEST_CASE("a scheduler warns of a --host that is this machine alone, but is not written so") {
  Running running;
  running.start();
  CHECK_FALSE(mentions(running.log.text(), "--host"));
  running.server.reset();
  running.options.host = "0x7f000001";
  running.start();
  CHECK(running.log.count("--host 0x7f000001 means 127.0.0.1, which only programs on this machine "
                          "can reach") == 1);
}

TEST_CASE("a connection file that disappears is written again") {
  Running running;
  running.start();
  net::ConnectionFile before = running.published();
  fs::remove(running.file());
  while (!fs::exists(running.file())) {
    running.loop.timer().afterDelay(10 * kj::MILLISECONDS).wait(running.loop.waitScope());
  }
  CHECK(running.published() == before);
}

TEST_CASE("a contact address without a port has the port that the scheduler listens on") {
  Running running;
  running.options.contactAddress = Address{.host = "gateway", .port = 0};
  running.start();
  std::vector<Address> addresses = running.published().addresses;
  REQUIRE(addresses.size() == 2);
  CHECK(addresses[0] == Address{"gateway", addresses[1].port});
  running.server.reset();
  running.options.contactAddress = Address{.host = "gateway", .port = 4711};
  running.start();
  CHECK(running.published().addresses.at(0) == Address{"gateway", 4711});
}

TEST_CASE("a second scheduler with the same connection file is refused, and makes no directory") {
  Running running;
  running.start();
  ServeOptions second = running.options;
  second.stateDir = (running.scratch.path() / "second").string();
  // Both are on one loop: the first one answers while the second one asks whether it is there.
  std::string sentence = refusalOf([&] { Server server(running.loop, second); });
  CHECK(mentions(sentence, "that is running; stop it with 'pi-scheduler stop'"));
  CHECK_FALSE(fs::exists(*second.stateDir));
}

TEST_CASE("a start that fails removes the state directory that it has made") {
  Running running;
  running.options.pidFile = (running.scratch.path() / "pid").string();
  running.start();
  ServeOptions second = running.options;
  second.stateDir = (running.scratch.path() / "new" / "state").string();
  second.connectionFile = (running.scratch.path() / "second.json").string();
  auto refusal = [&] { return refusalOf([&] { Server server(running.loop, second); }); };

  CHECK(mentions(refusal(), "the pid file " + *second.pidFile + " belongs to a scheduler"));
  CHECK_FALSE(fs::exists(running.scratch.path() / "new"));
  second.pidFile = std::nullopt;
  second.port = running.published().addresses.at(0).port;
  CHECK(mentions(refusal(), "the port is taken"));
  CHECK_FALSE(fs::exists(running.scratch.path() / "new"));
  second.port = 0;
  CHECK(refusal().empty());  // It has served, so it keeps its keys.
  CHECK(fs::exists(fs::path(*second.stateDir) / "keys.json"));
}

TEST_CASE("wrong options are refused before anything is made") {
  TemporaryFolder scratch;
  ServeOptions options;
  options.stateDir = (scratch.path() / "state").string();
  options.connectionFile = (scratch.path() / "file" / "scheduler.json").string();
  auto refusal = [](const ServeOptions& wrong) {
    return refusalOf([&] { refuseWrongOptions(wrong); });
  };
  CHECK(refusal(options).empty());
  ServeOptions wrong = options;
  wrong.interface = "nosuch0";
  CHECK(mentions(refusal(wrong), "no interface 'nosuch0'"));
  wrong = options;
  wrong.pidFile = (scratch.path() / "no" / "pid").string();
  CHECK(mentions(refusal(wrong), "No such file or directory"));
  wrong = options;
  wrong.access.certificates = CertificateFiles{"cert.pem", "key.pem", "ca.pem"};
  CHECK(mentions(refusal(wrong), "--tls-cert"));
  wrong = options;
  wrong.logFile = wrong.connectionFile;
  CHECK(mentions(refusal(wrong), "are the same file"));
  CHECK(fs::is_empty(scratch.path()));
}

}  // namespace
}  // namespace pi::scheduler::testing
