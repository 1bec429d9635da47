#include "client/wait_for_workers.h"

#include <optional>
#include <string>
#include <utility>

#include "client/failure.h"
#include "client/job_calls.h"
#include "client/output.h"
#include "common/base/quantity.h"
#include "common/net/loop/clock.h"

namespace pi::client {
namespace {

constexpr Duration kBetweenQuestions = std::chrono::milliseconds(200);

std::string countOf(std::uint64_t present, std::uint64_t wanted) {
  return countText(present) + " of " + countText(wanted, "worker");
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
  link.setLossAdvice({.whenBack = "the wait for workers continues", .remedy = "run it again"});
  Outcome outcome = link.run([&](net::ClientLink& connection) {
    while (true) {
      std::uint64_t now = describeScheduler(connection).workers;
      link.noteAnswer();
      bool isNews = std::exchange(present, now) != now;
      if (now >= wanted) return Outcome::kDone;
      if (isNews && showsProgress) report("waiting: " + countOf(now, wanted) + " are there");
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
