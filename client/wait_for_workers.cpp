#include "client/wait_for_workers.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "client/awaited_workers.h"
#include "client/failure.h"
#include "client/job_calls.h"
#include "client/output.h"
#include "common/net/loop/clock.h"

namespace pi::client {
namespace {

constexpr Duration kBetweenQuestions = std::chrono::milliseconds(200);

// Until it is time for the next question; kDone, or why there should be none.
Outcome pause(net::ClientLink& link, Interruption& interruption) {
  auto as = [](Outcome outcome) { return [outcome] { return outcome; }; };
  kj::Promise<Outcome> timedOut = kj::NEVER_DONE;
  if (link.deadline) timedOut = link.loop.until(*link.deadline).then(as(Outcome::kTimedOut));
  return link.loop.until(net::now() + kBetweenQuestions)
      .then(as(Outcome::kDone))
      .exclusiveJoin(kj::mv(timedOut))
      .exclusiveJoin(interruption.whenSignalled().then(as(Outcome::kInterrupted)))
      .wait(link.loop.waitScope());
}

}  // namespace

void waitForWorkers(ReconnectingLink& link, Interruption& interruption, std::uint64_t wanted,
                    bool showsProgress) {
  std::optional<std::uint64_t> present;
  std::string told;
  link.setLossAdvice({.whenBack = "the wait for workers continues", .remedy = "run it again"});
  Outcome outcome = link.run([&](net::ClientLink& connection) {
    while (true) {
      Awaited awaited = awaitWorkers(connection, wanted);
      link.noteAnswer();
      const SchedulerInfo& scheduler = awaited.scheduler;
      bool isFirst = !std::exchange(present, scheduler.workers).has_value();
      if (scheduler.workers >= wanted) return Outcome::kDone;
      // Later, workers may be away for a moment that count for this.
      if (isFirst && !awaited.whyNever.empty()) {
        throw Failure(ExitCode::kFailed, awaited.whyNever + "; nothing was submitted");
      }
      std::string state = waitingText(scheduler, wanted);
      bool isNews = std::exchange(told, state) != state;
      if (isNews && showsProgress) report("waiting: " + state);
      Outcome paused = pause(connection, interruption);
      if (paused != Outcome::kDone) return paused;
    }
  });
  if (outcome == Outcome::kDone) return;
  std::string rest = " with " + countOf(present.value_or(0), wanted) + "; nothing was submitted";
  if (outcome == Outcome::kInterrupted) {
    throw Failure(ExitCode::kInterrupted, "interrupted" + rest);
  }
  throw Failure(ExitCode::kTimedOut, "the timeout was reached" + rest +
                                         "; start more with pi-worker, or wait longer with "
                                         "--timeout");
}

}  // namespace pi::client
