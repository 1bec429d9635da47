#include "scheduler/allocation/provider/local_provider.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "common/net/loop/clock.h"
#include "common/net/loop/kj_loop.h"
#include "tests/temporary_folder.h"

namespace pi::allocation {
namespace {

using namespace std::chrono_literals;

// Lets no worker of a test outlive it.
struct Fixture {
  Fixture() { restart(); }
  ~Fixture() {
    for (pid_t pid : pids) {
      if (::waitpid(pid, nullptr, WNOHANG) != 0) continue;  // It has ended.
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }

  void restart() {
    provider.reset();
    provider = std::make_unique<LocalProvider>(start(), std::vector<std::string>{"PATH=/bin"});
  }

  WorkerStart start() const {
    return {.worker = worker,
            .connectionFile = "/tmp/scheduler.json",
            .logFolder = (folder.path() / "logs").string()};
  }

  // Unique on this machine: other tests run beside this one.
  std::string name(const std::string& end) const {
    return "pi-test-" + std::to_string(::getpid()) + "-" + end;
  }

  std::string submit(const std::string& end, const Words& arguments = {}) {
    auto answer = provider->submit({.name = name(end), .arguments = arguments, .timeLimit = 1h})
                      .wait(loop.waitScope());
    REQUIRE(std::holds_alternative<AllocationProvider::Submitted>(answer));
    std::string id = std::get<AllocationProvider::Submitted>(answer).id;
    pids.push_back(std::stoi(id));
    return id;
  }

  std::optional<BatchStatus> find(const std::string& end) {
    auto answer = provider->list().wait(loop.waitScope());
    for (const BatchStatus& status : std::get<std::vector<BatchStatus>>(answer)) {
      if (status.name == name(end)) return status;
    }
    return std::nullopt;
  }

  // Lists until `isSo` holds for the allocation.
  template <typename Condition>
  std::optional<BatchStatus> listUntil(const std::string& end, Condition isSo) {
    for (Instant giveUpAt = net::now() + 60s; net::now() < giveUpAt;) {
      std::optional<BatchStatus> status = find(end);
      if (isSo(status)) return status;
      loop.timer().afterDelay(net::toKj(5ms)).wait(loop.waitScope());
    }
    FAIL("the state is not reached");
    return std::nullopt;
  }

  void cancel(const std::string& id, AllocationProvider::Which which) {
    CHECK(provider->cancel({id}, which).wait(loop.waitScope()) == std::nullopt);
  }

  std::string logOf(const std::string& end) const {
    std::ifstream file(folder.path() / "logs" / (name(end) + ".log"));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  net::KjLoop loop;
  TemporaryFolder folder;
  std::string worker = PI_FAKE_WORKER;
  std::unique_ptr<LocalProvider> provider;
  std::vector<pid_t> pids;
};

bool hasEnded(const std::optional<BatchStatus>& status) {
  return status && status->state == BatchState::kEnded;
}

}  // namespace

TEST_CASE("a worker on this machine runs under the allocation's name until it is cancelled") {
  Fixture fixture;
  std::string id = fixture.submit("1");
  CHECK(fixture.find("1") ==
        BatchStatus{.name = fixture.name("1"), .id = id, .state = BatchState::kRunning});
  CHECK(fixture.provider->causeOf(id).wait(fixture.loop.waitScope()) == std::nullopt);

  fixture.cancel(id, AllocationProvider::Which::kPending);  // None ever is.
  CHECK(fixture.find("1")->state == BatchState::kRunning);

  fixture.listUntil("1", [&](const auto&) { return fixture.logOf("1") != ""; });
  fixture.cancel(id, AllocationProvider::Which::kAll);
  BatchStatus ended = *fixture.listUntil("1", hasEnded);
  CHECK(ended.reason == "its worker left");
  CHECK_FALSE(ended.hasFailed);
  CHECK(fixture.provider->causeOf(id).wait(fixture.loop.waitScope()) == ended);
  CHECK(fixture.logOf("1") == fixture.name("1") + "\n");
}

TEST_CASE("the next scheduler finds the workers of an earlier one, and ends them") {
  Fixture fixture;
  std::string id = fixture.submit("1");
  fixture.listUntil("1", [&](const auto&) { return fixture.logOf("1") != ""; });

  fixture.restart();

  CHECK(fixture.find("1") ==
        BatchStatus{.name = fixture.name("1"), .id = id, .state = BatchState::kRunning});
  fixture.cancel(id, AllocationProvider::Which::kAll);
  fixture.listUntil("1", [](const auto& status) { return !status; });
  CHECK(fixture.provider->causeOf(id).wait(fixture.loop.waitScope()) == std::nullopt);
}

TEST_CASE("a worker has a session of its own, so the end of the terminal does not concern it") {
  Fixture fixture;
  pid_t pid = std::stoi(fixture.submit("1"));
  CHECK(::getsid(pid) == pid);
}

TEST_CASE("a worker that fails says how, and where its log is") {
  Fixture fixture;
  fixture.submit("1", {"--threads", "3"});
  BatchStatus ended = *fixture.listUntil("1", hasEnded);
  CHECK(ended.hasFailed);
  CHECK(ended.reason == "its worker did not reach the scheduler (exit code 3); read " +
                            fixture.start().logFolder + "/" + fixture.name("1") + ".log");

  pid_t killed = std::stoi(fixture.submit("2"));
  ::kill(killed, SIGKILL);
  CHECK(fixture.listUntil("2", hasEnded)->reason.starts_with("signal 9 ended it; read "));
}

TEST_CASE("processes that are no workers are not signalled, whatever the id") {
  Fixture fixture;
  std::string id = fixture.submit("1");
  fixture.cancel(std::to_string(::getpid()), AllocationProvider::Which::kAll);
  fixture.cancel("0", AllocationProvider::Which::kAll);
  fixture.cancel("-1", AllocationProvider::Which::kAll);
  CHECK(fixture.find("1")->state == BatchState::kRunning);
}

TEST_CASE("without pi-worker on this machine, the sentence says where to put it") {
  Fixture fixture;
  fixture.worker = (fixture.folder.path() / "pi-worker").string();
  fixture.restart();
  auto answer = fixture.provider->submit({.name = "pi-test-1"}).wait(fixture.loop.waitScope());
  auto failure = std::get<BatchFailure>(answer);
  CHECK(failure.kind == BatchFailure::Kind::kRefused);
  CHECK(failure.sentence.find("install it beside pi-scheduler") != std::string::npos);
  CHECK(failure.sentence.find("No such file") != std::string::npos);
}

TEST_CASE("many ended workers are listed once, and then only the newest") {
  Fixture fixture;
  constexpr int kWorkers = 120;
  for (int i = 0; i < kWorkers; ++i) fixture.submit(std::to_string(i), {"--threads", "0"});
  for (pid_t pid : fixture.pids) {  // Until all have ended; the provider reaps them.
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  }
  auto count = [&] {
    auto answer = fixture.provider->list().wait(fixture.loop.waitScope());
    int ours = 0;
    for (const BatchStatus& status : std::get<std::vector<BatchStatus>>(answer)) {
      ours += status.name.starts_with(fixture.name("")) ? 1 : 0;
    }
    return ours;
  };
  CHECK(count() == kWorkers);
  CHECK(count() == 100);
}

}  // namespace pi::allocation
