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

// The progress line, for as long as it is shown: updates that come later find it gone.
struct Screen : public kj::Refcounted {
  explicit Screen(Progress* shown) : progress(shown) {}
  Progress* progress;  // Null when nothing is to be shown any more.
};

class Watcher final : public wire::Watcher::Server {
 public:
  explicit Watcher(kj::Own<Screen> screen) : screen_(kj::mv(screen)) {}

 private:
  kj::Promise<void> update(UpdateContext context) override {
    if (screen_->progress == nullptr) return kj::READY_NOW;
    Progress& progress = *screen_->progress;
    progress.setColumns(progressStyleOf(STDERR_FILENO).columns);  // The window may have changed.
    writeNow(progress.update(fromWire(context.getParams().getInfo()), net::now()));
    return kj::READY_NOW;
  }

  kj::Own<Screen> screen_;
};

// Asks for a sign of life again and again; fails once there was none for `silenceMax`.
kj::Promise<Followed> listenForSilence(kj::Timer& timer, wire::Job::Client job,
                                       Duration silenceMax) {
  kj::Promise<void> late = timer.afterDelay(net::toKj(silenceMax)).then([]() -> kj::Promise<void> {
    return net::disconnected("the scheduler does not answer");
  });
  constexpr int kQuestions = 5;  // So many in the time after which it is lost.
  Duration period = silenceMax / kQuestions;
  return job.infoRequest()
      .send()
      .ignoreResult()
      .exclusiveJoin(kj::mv(late))
      .then([&timer, period] { return timer.afterDelay(net::toKj(period)); })
      .then([&timer, job, silenceMax]() mutable {
        return listenForSilence(timer, kj::mv(job), silenceMax);
      });
}

}  // namespace

Followed follow(const net::ClientLink& link, wire::Job::Client job, const Following& following) {
  kj::Promise<Followed> interrupted = following.interruption.come().then(
      [] { return Followed{.ending = Ending::kInterrupted, .job = {}}; });
  kj::Promise<Followed> timedOut = kj::NEVER_DONE;
  if (link.deadline) {
    timedOut = link.loop.until(*link.deadline).then([] {
      return Followed{.ending = Ending::kTimedOut, .job = {}};
    });
  }
  kj::Promise<Followed> over = job.waitRequest().send().then([](auto&& response) {
    return Followed{.ending = Ending::kOver, .job = fromWire(response.getInfo())};
  });

  wire::Subscription::Client subscription = nullptr;
  auto screen = kj::refcounted<Screen>(following.progress);
  if (following.progress != nullptr) {
    auto request = job.watchRequest();
    request.setWatcher(kj::heap<Watcher>(kj::addRef(*screen)));
    request.setMinPeriodNanoseconds(static_cast<std::uint64_t>(kWatchPeriod.count()));
    subscription = request.send().getSubscription();
  }
  KJ_DEFER({
    screen->progress = nullptr;
    if (following.progress != nullptr) writeNow(following.progress->clear());
  });
  return over.exclusiveJoin(kj::mv(timedOut))
      .exclusiveJoin(kj::mv(interrupted))
      .exclusiveJoin(listenForSilence(link.loop.timer(), job, following.silenceMax))
      .wait(link.loop.waitScope());
}

}  // namespace pi::client
