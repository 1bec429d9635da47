#include "scheduler/allocation/elastic.h"

#include <doctest/doctest.h>
#include <kj/debug.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/net/loop/clock.h"
#include "tests/unit/service/captured_log.h"
#include "tests/unit/service/fixture.h"

namespace pi::scheduler::testing {
namespace {

using namespace std::chrono_literals;
using allocation::BatchFailure;
using allocation::BatchState;
using allocation::BatchStatus;

// The jobs of a batch system, and how it answers.
struct FakeBatch {
  std::map<std::string, BatchStatus> jobs;  // By id.
  std::vector<std::string> submitted;       // Names.
  std::optional<BatchFailure> failure;
  bool throws = false;
  int cancelFailures = 0;  // So many orders to cancel are not taken.
  int lists = 0;
};

class FakeProvider final : public allocation::AllocationProvider {
 public:
  explicit FakeProvider(FakeBatch& batch) : batch_(batch) {}

  kj::Promise<std::variant<Submitted, BatchFailure>> submit(
      const allocation::AllocationRequest& request) override {
    batch_.submitted.push_back(request.name);
    if (batch_.throws) return KJ_EXCEPTION(FAILED, "a bug");
    if (batch_.failure) return std::variant<Submitted, BatchFailure>(*batch_.failure);
    std::string id = std::to_string(100 + batch_.jobs.size());
    batch_.jobs[id] = {.name = request.name, .id = id, .reason = "Priority"};
    return std::variant<Submitted, BatchFailure>(Submitted{.id = id});
  }
  kj::Promise<std::variant<std::vector<BatchStatus>, BatchFailure>> list() override {
    ++batch_.lists;
    std::vector<BatchStatus> statuses;
    for (const auto& [id, status] : batch_.jobs) statuses.push_back(status);
    return std::variant<std::vector<BatchStatus>, BatchFailure>(statuses);
  }
  kj::Promise<std::optional<BatchFailure>> cancel(const std::vector<std::string>& ids,
                                                  Which) override {
    if (batch_.cancelFailures > 0 && batch_.cancelFailures-- > 0) {
      return std::optional(BatchFailure{.sentence = "no answer"});
    }
    for (const std::string& id : ids) batch_.jobs[id].state = BatchState::kEnded;
    return std::optional<BatchFailure>();
  }
  kj::Promise<std::optional<BatchStatus>> causeOf(const std::string&) override {
    return std::optional<BatchStatus>();
  }
  std::string describe(const allocation::AllocationRequest& request) const override {
    return "sbatch " + request.arguments.at(0);
  }

 private:
  FakeBatch& batch_;
};

// A scheduler with one queue.
struct ElasticFixture : Fixture {
  FakeBatch batch;
  std::vector<allocation::Changes> saved;
  std::optional<allocation::Elastic> elastic;

  ElasticFixture() {
    elastic.emplace(
        loop, service,
        allocation::Elastic::Setup{
            .queues = {{.system = "slurm", .arguments = {"--partition=a"}, .workersMax = 2}},
            .naming = {.prefix = "pi-t", .epoch = 1},
            .makeProvider =
                [this](const std::string&) -> std::unique_ptr<allocation::AllocationProvider> {
              return std::make_unique<FakeProvider>(batch);
            },
            .save =
                [this](allocation::Changes changes,
                       const allocation::Elastic::Setup::Report& done) {
                  saved.push_back(std::move(changes));
                  reports.push_back(done);
                }});
  }
  // Lets the scheduler look at its jobs, and its disk take what changes.
  void look() {
    Instant until = net::now() + 1100ms;
    while (net::now() < until) {
      loop.timer().afterDelay(net::toKj(20ms)).wait(loop.waitScope());
      for (auto& report : std::exchange(reports, {})) report(std::nullopt);
    }
  }
  std::vector<allocation::Elastic::Setup::Report> reports;
};

TEST_CASE("a job makes the scheduler ask for a worker, and its end gives that back") {
  CapturedLog log;
  ElasticFixture fixture;
  fixture.look();
  CHECK(fixture.batch.submitted.empty());
  JobId job = fixture.submit().job;
  fixture.look();
  CHECK(fixture.batch.submitted == std::vector<std::string>{"pi-t-1-1"});
  CHECK(fixture.saved.at(0).put.at(0).stage == allocation::Stage::kPlanned);
  CHECK(fixture.job(job).workersAwaited == "1 allocation is pending");

  auto cancelled = fixture.service.clients().cancel(job, "enough");
  fixture.save();
  fixture.look();
  CHECK(fixture.batch.jobs.at("100").state == BatchState::kEnded);
}

TEST_CASE("a worker that names its allocation counts for it, and is drained with it") {
  CapturedLog log;
  ElasticFixture fixture;
  fixture.submit();
  fixture.look();
  WorkerService::Hello hello;
  hello.profile.allocation = "pi-t-1-1";
  static_cast<void>(fixture.join(std::move(hello)));
  fixture.look();
  auto queues = fixture.elastic->queues(ElasticControl::Detail::kAllocations);
  REQUIRE(queues.at(0).allocations.size() == 1);
  CHECK(queues[0].allocations[0].isConnected);
  CHECK(queues[0].running == 1);
}

TEST_CASE("an owner pauses and resumes a queue, and sees the command that would be run") {
  CapturedLog log;
  ElasticFixture fixture;
  ElasticControl& control = *fixture.service.clients().elastic();
  CHECK(control.dryRun() == std::vector<std::string>{"sbatch --partition=a"});
  CHECK(codeOf(control.pause(2, "no")) == RefusalCode::kBadRequest);
  CHECK(std::holds_alternative<Done>(control.pause(0, "maintenance")));
  fixture.submit();
  fixture.look();
  CHECK(fixture.batch.submitted.empty());
  CHECK(control.queues(ElasticControl::Detail::kQueues).at(0).pausedBecause == "maintenance");
  CHECK(std::holds_alternative<Done>(control.resume(1)));
  fixture.look();
  CHECK(fixture.batch.submitted.size() == 1);
}

TEST_CASE("a provider that throws has submitted, perhaps: its allocation is looked up") {
  CapturedLog log;
  ElasticFixture fixture;
  fixture.batch.throws = true;
  fixture.submit();
  fixture.look();
  auto queues = fixture.elastic->queues(ElasticControl::Detail::kAllocations);
  REQUIRE(queues.at(0).allocations.size() == 1);
  CHECK(queues[0].allocations[0].stage == "unclear");
}

TEST_CASE("a disk that takes no row keeps the scheduler from asking for a worker") {
  CapturedLog log;
  ElasticFixture fixture;
  fixture.submit();
  fixture.loop.timer().afterDelay(net::toKj(1100ms)).wait(fixture.loop.waitScope());
  REQUIRE(fixture.reports.size() == 1);
  fixture.reports[0]("the disk is full");
  fixture.settle();
  CHECK(fixture.batch.submitted.empty());
  fixture.look();
  CHECK(fixture.batch.submitted.size() == 1);
}

TEST_CASE("workers for which a client waits are asked for, and more than the limits are refused") {
  CapturedLog log;
  ElasticFixture fixture;
  ClientService& clients = fixture.service.clients();
  static_cast<void>(fixture.join());
  OrRefusal<Done> refused = clients.awaitWorkers(4);
  REQUIRE(std::holds_alternative<Refusal>(refused));
  CHECK(std::get<Refusal>(refused).sentence ==
        "4 workers will never be there: this scheduler starts at most 2 (--workers-max, "
        "--max-node-hours), and 1 of others is connected; wait for fewer, start others with "
        "pi-worker first, or start the scheduler with higher limits");
  fixture.look();
  CHECK(fixture.batch.submitted.empty());

  CHECK(std::holds_alternative<Done>(clients.awaitWorkers(3)));
  fixture.look();
  CHECK(fixture.batch.submitted.size() == 2);
}

TEST_CASE("an order to cancel that fails at the stop is given again") {
  CapturedLog log;
  ElasticFixture fixture;
  fixture.submit();
  fixture.look();
  fixture.batch.cancelFailures = 1;
  auto stopped = fixture.elastic->stop();
  fixture.look();
  fixture.look();
  stopped.wait(fixture.loop.waitScope());
  CHECK(fixture.batch.jobs.at("100").state == BatchState::kEnded);
  CHECK(log.count("not all that is pending could be given back") == 0);
}

TEST_CASE("a stop after which something is pending says that the next start gives it back") {
  CapturedLog log;
  ElasticFixture fixture;
  fixture.batch.throws = true;  // It is not clear whether this has submitted.
  fixture.submit();
  fixture.look();
  auto stopped = fixture.elastic->stop();
  for (int i = 0; i < 6; ++i) fixture.look();
  stopped.wait(fixture.loop.waitScope());
  CHECK(log.count("not all that is pending could be given back; the next start does it") == 1);
}

TEST_CASE("a stop gives back what is pending before it ends") {
  CapturedLog log;
  ElasticFixture fixture;
  fixture.submit();
  fixture.look();
  auto stopped = fixture.elastic->stop();
  fixture.look();
  stopped.wait(fixture.loop.waitScope());
  CHECK(fixture.batch.jobs.at("100").state == BatchState::kEnded);
}

}  // namespace
}  // namespace pi::scheduler::testing
