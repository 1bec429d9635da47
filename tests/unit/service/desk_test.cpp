// The desk of clients on the real services, called in the same process.
#include <doctest/doctest.h>

#include "common/wire/wire.h"
#include "scheduler/limits.h"
#include "scheduler/rpc/client_desk.h"
#include "tests/unit/service/fixture.h"

namespace pi::scheduler::testing {
namespace {

class Onlooker final : public wire::Watcher::Server {
  kj::Promise<void> update(UpdateContext) override { return kj::READY_NOW; }
};

struct Desk {
  Fixture fixture;
  kj::Own<PeerSession> session = kj::refcounted<PeerSession>();
  wire::ClientDesk::Client desk = makeClientDesk(fixture.service.clients(), kj::addRef(*session));

  wire::Job::Client open(JobId job) {
    auto request = desk.openRequest();
    request.setId(number(job));
    return request.send().wait(fixture.loop.waitScope()).getJob();
  }
  auto watch(wire::Job::Client& job) {
    auto request = job.watchRequest();
    request.setWatcher(kj::heap<Onlooker>());
    return request.send();
  }
};

TEST_CASE("a watch that is dropped, or whose job has ended, frees its place at once") {
  Desk desk;
  kj::WaitScope& scope = desk.fixture.loop.waitScope();
  JobId id = desk.fixture.submit().job;
  wire::Job::Client job = desk.open(id);
  {
    std::vector<wire::Subscription::Client> held;
    for (std::size_t i = 0; i < kWatchesMax; ++i) {
      held.push_back(desk.watch(job).wait(scope).getSubscription());
    }
    CHECK(desk.session->watches == kWatchesMax);
    CHECK_THROWS_AS(desk.watch(job).wait(scope), kj::Exception);
    held.pop_back();
    CHECK(desk.session->watches == kWatchesMax - 1);
  }
  CHECK(desk.session->watches == 0);

  auto held = desk.watch(job).wait(scope).getSubscription();
  auto cancel = desk.fixture.service.clients().cancel(id, "enough");
  desk.fixture.save();
  cancel.wait(scope);
  while (desk.session->watches > 0) {
    desk.fixture.loop.timer().afterDelay(kj::MILLISECONDS).wait(scope);
  }
}

TEST_CASE("a submission to a scheduler that stops is refused with the code that asks for a retry") {
  Desk desk;
  kj::WaitScope& scope = desk.fixture.loop.waitScope();
  auto pending = desk.fixture.service.clients().submit(kSpec, "");
  auto stop = desk.desk.stopRequest().send();
  desk.fixture.settle();
  auto submit = desk.desk.submitRequest();
  toWire(kSpec, submit.initSpec());
  auto answer = submit.send().wait(scope);
  CHECK(answer.getRefusal().getCode() == wire::Refusal::Code::STOPPING);
  CHECK_FALSE(answer.hasJob());

  desk.fixture.save();
  auto stopped = stop.wait(scope);
  CHECK(stopped.getFailure().size() == 0);
  CHECK(stopped.getUnfinishedJobs() == 1);
  CHECK(stopped.getWaitingWorkers() == 0);
}

}  // namespace
}  // namespace pi::scheduler::testing
