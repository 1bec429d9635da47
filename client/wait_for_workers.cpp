#include "client/wait_for_workers.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "client/failure.h"
#include "client/job_calls.h"
#include "client/output.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/queue_info.h"
#include "common/net/loop/clock.h"

namespace pi::client {
namespace {

constexpr Duration kBetweenQuestions = std::chrono::milliseconds(200);

std::string countOf(std::uint64_t present, std::uint64_t wanted) {
  return countText(present) + " of " + countText(wanted, "worker");
}

// "3 of 8 workers are there", and what is known of the others.
std::string stateOf(const SchedulerInfo& scheduler, std::uint64_t wanted) {
  std::string state = countOf(scheduler.workers, wanted) + " are there";
  std::uint64_t pending = 0;
  for (const QueueInfo& queue : scheduler.queues) pending += queue.pending;
  if (pending > 0) return state + "; " + printable(awaitedText(scheduler.queues));
  bool isElastic = !scheduler.queues.empty();
  return state + (isElastic ? "; this scheduler starts others when a job waits for them" : "");
}

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
      SchedulerInfo scheduler = describeScheduler(connection);
      link.noteAnswer();
      present = scheduler.workers;
      if (scheduler.workers >= wanted) return Outcome::kDone;
      std::string state = stateOf(scheduler, wanted);
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
