#include "client/reconnecting_link.h"

#include <doctest/doctest.h>

#include "client/failure.h"
#include "client/reconnecting_job.h"
#include "scheduler/rpc/connection_manager.h"
#include "scheduler/service/scheduler_service.h"

namespace pi::client {
namespace {

using namespace std::chrono_literals;

// A scheduler in this process, and the ways to it.
class LocalScheduler {
 public:
  explicit LocalScheduler(net::KjLoop& loop) : loop_(loop) {}

  net::ClientLink connect(std::optional<Instant> deadline = std::nullopt) {
    net::LocalPair pair = net::connectLocalPair(loop_);
    connections_.admit(kj::mv(pair.first));
    return net::enterAsClient(loop_, kj::mv(pair.second), deadline);
  }

  void stop() { service_.shutdown().start(scheduler::StopWorkers::kNo); }

 private:
  net::KjLoop& loop_;
  scheduler::SchedulerService service_{loop_, scheduler::Config{}};
  scheduler::ConnectionManager connections_{service_};
};

// Every attempt is the last one, and every connection counts as one that worked.
constexpr ReconnectLimits kOneAttempt{.absence = 0s, .working = 0s};

TEST_CASE("each outage gets its last attempt to connect, not only the first one") {
  net::KjLoop loop;
  LocalScheduler scheduler(loop);
  int attempts = 0;
  ReconnectingLink link(scheduler.connect(),
                        {.limits = kOneAttempt,
                         .connect = ReconnectingLink::Connect([&](std::optional<Instant> deadline) {
                           ++attempts;
                           return scheduler.connect(deadline);
                         })});

  int runs = 0;
  Outcome outcome = link.run([&](net::ClientLink&) {
    link.noteAnswer();
    if (++runs <= 3) kj::throwFatalException(net::disconnected("the scheduler is gone"));
    return Outcome::kDone;
  });

  CHECK(outcome == Outcome::kDone);
  CHECK(runs == 4);
  CHECK(attempts == 3);
}

TEST_CASE("a client gives up after the last attempt, with exit code 3 and a remedy") {
  net::KjLoop loop;
  LocalScheduler scheduler(loop);
  int attempts = 0;
  ReconnectingLink link(
      scheduler.connect(),
      {.limits = kOneAttempt,
       .connect = ReconnectingLink::Connect([&](std::optional<Instant>) -> net::ClientLink {
         ++attempts;
         throw Failure(ExitCode::kNoScheduler, "there is none");
       })});
  link.setLossAdvice({.whenBack = "job 7 continues", .remedy = "continue with pi-client wait 7"});

  try {
    link.run([](net::ClientLink&) -> Outcome {
      kj::throwFatalException(net::disconnected("the scheduler is gone"));
    });
    FAIL("it did not give up");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::kNoScheduler);
    CHECK(std::string(failure.what()).find("pi-client wait 7") != std::string::npos);
  }
  CHECK(attempts == 1);
}

TEST_CASE("a submission that a stopping scheduler refuses goes to the next scheduler") {
  net::KjLoop loop;
  LocalScheduler stopping(loop), next(loop);
  int attempts = 0;
  ReconnectingLink link(stopping.connect(),
                        {.limits = kOneAttempt,
                         .connect = ReconnectingLink::Connect([&](std::optional<Instant> deadline) {
                           ++attempts;
                           return next.connect(deadline);
                         })});
  stopping.stop();

  ReconnectingJob job(link, {.samples = 1000, .chunkSize = 1000});

  CHECK(job.submit() == JobId{1});
  CHECK(attempts == 1);
}

}  // namespace
}  // namespace pi::client
