#include "client/follow.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "common/net/loop/clock.h"
#include "common/net/transport/connect_error.h"
#include "common/wire/wire.h"

namespace pi::client {
namespace {

constexpr Duration kWatchPeriod = std::chrono::milliseconds(100);

void writeNow(const std::string& text) {
  if (text.empty()) return;
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

// Shared with the watcher, which the RPC system may keep longer than follow() runs.
struct Screen : public kj::Refcounted {
  explicit Screen(Progress* shown) : progress(shown) {}
  Progress* progress;  // Null: do not draw any more.
};

class Watcher final : public wire::Watcher::Server {
 public:
  explicit Watcher(kj::Own<Screen> screen) : screen_(kj::mv(screen)) {}

 private:
  kj::Promise<void> update(UpdateContext context) override {
    // Do not redraw the progress line after it was cleared.
    if (screen_->progress == nullptr) return kj::READY_NOW;
    Progress& progress = *screen_->progress;
    progress.setColumns(progressStyleOf(STDERR_FILENO).columns);  // The window may be resized.
    writeNow(progress.update(fromWire(context.getParams().getInfo()), net::now()));
    return kj::READY_NOW;
  }

  kj::Own<Screen> screen_;
};

// Sends a small call again and again.  Fails with `disconnected` if one is not answered within
// `silenceMax`; never resolves otherwise.
kj::Promise<FollowResult> failWhenSilent(kj::Timer& timer, wire::Job::Client job,
                                         Duration silenceMax) {
  kj::Promise<void> late = timer.afterDelay(net::toKj(silenceMax)).then([]() -> kj::Promise<void> {
    return net::disconnected("the scheduler does not answer");
  });
  constexpr int kCallsPerTimeout = 5;
  Duration period = silenceMax / kCallsPerTimeout;
  return job.infoRequest()
      .send()
      .ignoreResult()
      .exclusiveJoin(kj::mv(late))
      .then([&timer, period] { return timer.afterDelay(net::toKj(period)); })
      .then([&timer, job, silenceMax]() mutable {
        return failWhenSilent(timer, kj::mv(job), silenceMax);
      });
}

}  // namespace

FollowResult follow(const net::ClientLink& link, wire::Job::Client job,
                    const FollowOptions& options) {
  kj::Promise<FollowResult> interrupted = options.interruption.whenSignalled().then(
      [] { return FollowResult{.outcome = Outcome::kInterrupted, .job = {}}; });
  kj::Promise<FollowResult> timedOut = kj::NEVER_DONE;
  if (link.deadline) {
    timedOut = link.loop.until(*link.deadline).then([] {
      return FollowResult{.outcome = Outcome::kTimedOut, .job = {}};
    });
  }
  kj::Promise<FollowResult> over = job.waitRequest().send().then([](auto&& response) {
    return FollowResult{.outcome = Outcome::kDone, .job = fromWire(response.getInfo())};
  });

  wire::Subscription::Client subscription = nullptr;
  auto screen = kj::refcounted<Screen>(options.progress);
  if (options.progress != nullptr) {
    auto request = job.watchRequest();
    request.setWatcher(kj::heap<Watcher>(kj::addRef(*screen)));
    request.setMinPeriodNanoseconds(static_cast<std::uint64_t>(kWatchPeriod.count()));
    subscription = request.send().getSubscription();
  }
  KJ_DEFER({
    screen->progress = nullptr;
    if (options.progress != nullptr) writeNow(options.progress->clear());
  });
  return over.exclusiveJoin(kj::mv(timedOut))
      .exclusiveJoin(kj::mv(interrupted))
      .exclusiveJoin(failWhenSilent(link.loop.timer(), job, options.silenceMax))
      .wait(link.loop.waitScope());
}

}  // namespace pi::client
