// The scheduler's way to Slurm, with a real Slurm and workers that only wait.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/net/loop/clock.h"
#include "common/net/loop/kj_loop.h"
#include "scheduler/allocation/provider/slurm_provider.h"
#include "tests/can_run.h"
#include "tests/slurm/slurm.h"
#include "tests/temporary_folder.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;
using allocation::AllocationProvider;
using allocation::BatchFailure;
using allocation::BatchState;
using allocation::BatchStatus;
using Which = AllocationProvider::Which;

// Waits until it is told to leave, as a worker does.
constexpr const char* kWaiting =
    "trap 'echo left; exit 0' TERM\n"
    "echo \"$PI_ALLOCATION at $PI_CONNECTION_FILE\"\n"
    "sleep 1000 &\n"
    "wait";

std::vector<std::string> environmentOf(const Slurm& slurm) {
  std::vector<std::string> all;
  for (char** each = ::environ; *each != nullptr; ++each) all.emplace_back(*each);
  for (const auto& [name, value] : slurm.environment()) all.push_back(name + "=" + value);
  return all;
}

struct Fixture {
  explicit Fixture(const std::string& workerScript = kWaiting, const SlurmSize& size = {})
      : slurm(size) {
    std::filesystem::path worker = folder.path() / "pi-worker";
    std::ofstream(worker) << "#!/bin/sh\n" << workerScript << "\n";
    ::chmod(worker.c_str(), S_IRWXU);
    provider = std::make_unique<allocation::SlurmProvider>(
        loop,
        allocation::WorkerStart{.worker = worker.string(),
                                .connectionFile = "/home/someone/scheduler.json",
                                .logFolder = (folder.path() / "logs").string()},
        environmentOf(slurm));
  }

  std::variant<AllocationProvider::Submitted, BatchFailure> trySubmit(const std::string& name,
                                                                      const Words& options = {}) {
    return provider->submit({.name = name, .arguments = options, .timeLimit = 10min})
        .wait(loop.waitScope());
  }
  std::string submit(const std::string& name, const Words& options = {}) {
    auto answer = trySubmit(name, options);
    if (auto* failure = std::get_if<BatchFailure>(&answer)) FAIL(failure->sentence);
    return std::get<AllocationProvider::Submitted>(answer).id;
  }
  BatchFailure failSubmit(const std::string& name, const Words& options = {}) {
    auto answer = trySubmit(name, options);
    REQUIRE(std::holds_alternative<BatchFailure>(answer));
    return std::get<BatchFailure>(answer);
  }
  BatchFailure failList() {
    auto answer = provider->list().wait(loop.waitScope());
    REQUIRE(std::holds_alternative<BatchFailure>(answer));
    return std::get<BatchFailure>(answer);
  }
  std::optional<BatchFailure> cancel(const Words& ids, Which which) {
    return provider->cancel(ids, which).wait(loop.waitScope());
  }

  std::optional<BatchStatus> find(const std::string& name) {
    auto answer = provider->list().wait(loop.waitScope());
    if (auto* failure = std::get_if<BatchFailure>(&answer)) FAIL(failure->sentence);
    for (const BatchStatus& job : std::get<std::vector<BatchStatus>>(answer)) {
      if (job.name == name) return job;
    }
    return std::nullopt;
  }
  BatchStatus waitFor(const std::string& name, BatchState state) {
    std::optional<BatchStatus> status;
    waitUntil("the allocation " + name + " has the state", [&] {
      status = find(name);
      return status && status->state == state;
    });
    return *status;
  }

  std::filesystem::path logOf(const std::string& name) const {
    return folder.path() / "logs" / (name + ".log");
  }
  void waitForLog(const std::string& name, const std::string& text) const {
    waitUntil("the log of " + name + " has: " + text,
              [&] { return mentions(contentOf(logOf(name)), text); });
  }

  Slurm slurm;
  net::KjLoop loop;
  TemporaryFolder folder;
  std::unique_ptr<allocation::SlurmProvider> provider;
};

}  // namespace

TEST_CASE("an allocation runs a worker that knows its name, until it is cancelled") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Fixture fixture;

  std::string id = fixture.submit("pi-a-1-1", {"--comment=two words"});
  BatchStatus running = fixture.waitFor("pi-a-1-1", BatchState::kRunning);

  CHECK(running.id == id);
  fixture.waitForLog("pi-a-1-1", "pi-a-1-1 at /home/someone/scheduler.json");
  CHECK(fixture.slurm.fieldOf(id, "Requeue") == "0");
  CHECK(fixture.slurm.fieldOf(id, "TimeLimit") == "00:10:00");
  CHECK(fixture.slurm.fieldOf(id, "NumNodes") == "1");

  CHECK(fixture.cancel({id}, Which::kAll) == std::nullopt);
  BatchStatus ended = fixture.waitFor("pi-a-1-1", BatchState::kEnded);
  CHECK(ended.reason == "it was cancelled");
  CHECK_FALSE(ended.hasFailed);
  fixture.waitForLog("pi-a-1-1", "left");
  CHECK(fixture.provider->causeOf(id).wait(fixture.loop.waitScope()) == ended);
  CHECK(fixture.provider->causeOf("99999").wait(fixture.loop.waitScope()) == std::nullopt);
}

TEST_CASE("to give pending allocations back leaves running ones alone") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Fixture fixture(kWaiting, {.nodes = 1});
  std::string first = fixture.submit("pi-a-1-1");
  fixture.waitFor("pi-a-1-1", BatchState::kRunning);
  std::string second = fixture.submit("pi-a-1-2");
  std::string third = fixture.submit("pi-a-1-3");
  CHECK(fixture.waitFor("pi-a-1-2", BatchState::kPending).id == second);
  waitUntil("Slurm estimates the start",
            [&] { return fixture.find("pi-a-1-2")->estimatedStart.has_value(); });

  CHECK(fixture.cancel({first, second, third, "99999"}, Which::kPending) == std::nullopt);

  CHECK(fixture.waitFor("pi-a-1-2", BatchState::kEnded).reason == "it was cancelled");
  CHECK(fixture.waitFor("pi-a-1-3", BatchState::kEnded).reason == "it was cancelled");
  CHECK(fixture.find("pi-a-1-1")->state == BatchState::kRunning);
}

TEST_CASE("a suspended allocation still runs, and a running one does again") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Fixture fixture;
  std::string id = fixture.submit("pi-a-1-1");
  fixture.waitFor("pi-a-1-1", BatchState::kRunning);

  fixture.slurm.ask({"scontrol", "suspend", id});
  BatchStatus suspended = fixture.find("pi-a-1-1").value();
  CHECK(suspended.state == BatchState::kRunning);
  CHECK(suspended.halt == allocation::Halt::kSuspended);
  CHECK(suspended.reason == "Slurm has suspended it");
  CHECK(fixture.cancel({id}, Which::kPending) == std::nullopt);

  fixture.slurm.ask({"scontrol", "resume", id});
  CHECK(fixture.find("pi-a-1-1")->halt == allocation::Halt::kNone);
}

TEST_CASE("a refusal of Slurm comes back as a sentence with the remedy") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Fixture fixture;

  BatchFailure failure = fixture.failSubmit("pi-a-1-1", {"--partition=nowhere"});
  CHECK(failure.kind == BatchFailure::Kind::kRefused);
  CHECK(mentions(failure.sentence, "Slurm does not have this partition"));
  failure = fixture.failSubmit("pi-a-1-1", {"--frob"});
  CHECK(failure.kind == BatchFailure::Kind::kRefused);
  CHECK(mentions(failure.sentence, "unrecognized option '--frob'"));
  failure = fixture.failSubmit("pi-a-1-1", {"--constraint=nowhere"});
  CHECK(mentions(failure.sentence, "no node of the partition has this feature"));
  CHECK(fixture.find("pi-a-1-1") == std::nullopt);

  // Slurm takes it, and it waits without end.
  fixture.submit("pi-a-1-2", {"--partition=short"});
  waitUntil("Slurm says why it waits", [&] {
    return fixture.find("pi-a-1-2")->reason ==
           "PartitionTimeLimit: use a shorter --worker-time-limit";
  });
}

TEST_CASE("a worker that does not reach its scheduler is the cause of the end") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Fixture fixture("exit 3");
  std::string id = fixture.submit("pi-a-1-1");

  BatchStatus ended = fixture.waitFor("pi-a-1-1", BatchState::kEnded);

  CHECK(ended.hasFailed);
  CHECK(ended.reason == "its worker did not reach the scheduler (exit code 3); read " +
                            fixture.logOf("pi-a-1-1").string());
  CHECK(fixture.provider->causeOf(id).wait(fixture.loop.waitScope()) == ended);
}

TEST_CASE("while slurmctld is away nothing is done, and afterwards all is as it was") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Fixture fixture;
  std::string id = fixture.submit("pi-a-1-1");
  fixture.waitFor("pi-a-1-1", BatchState::kRunning);

  fixture.slurm.stopController();
  BatchFailure failure = fixture.failSubmit("pi-a-1-2");
  CHECK(failure.kind == BatchFailure::Kind::kUnreachable);
  CHECK(mentions(failure.sentence, "(slurmctld) does not answer"));
  CHECK(fixture.failList().kind == BatchFailure::Kind::kUnreachable);
  CHECK(fixture.cancel({id}, Which::kAll).has_value());

  fixture.slurm.startController();
  CHECK(fixture.waitFor("pi-a-1-1", BatchState::kRunning).id == id);
  CHECK(fixture.find("pi-a-1-2") == std::nullopt);
}

TEST_CASE("while slurmctld hangs, a submission may have happened") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Fixture fixture;
  fixture.slurm.pauseController();
  CHECK(fixture.failSubmit("pi-a-1-1").kind == BatchFailure::Kind::kUnclear);
  CHECK(fixture.failList().kind == BatchFailure::Kind::kUnreachable);

  fixture.slurm.resumeController();

  // slurmctld reads what was sent to it, although sbatch has given up.
  CHECK(fixture.waitFor("pi-a-1-1", BatchState::kRunning).id == "1");
}

}  // namespace pi::cluster
