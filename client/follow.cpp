#include "client/follow.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "client/progress.h"
#include "common/net/clock.h"
#include "common/net/signals.h"
#include "common/net/wire.h"

namespace pi::client {
namespace {

constexpr Duration kWatchPeriod = std::chrono::milliseconds(100);

void writeNow(const std::string& text) {
  if (text.empty()) return;
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

class Watcher final : public wire::Watcher::Server {
 public:
  explicit Watcher(Progress& progress) : progress_(progress) {}

 private:
  kj::Promise<void> update(UpdateContext context) override {
    writeNow(progress_.update(net::fromWire(context.getParams().getInfo()), net::now()));
    return kj::READY_NOW;
  }

  Progress& progress_;
};

}  // namespace

Followed follow(net::KjLoop& loop, wire::Job::Client job, const FollowOptions& options) {
  auto interrupted = kj::newPromiseAndFulfiller<Followed>();
  net::Signals signals(loop, {SIGINT, SIGTERM}, [&interrupted](int) {
    interrupted.fulfiller->fulfill(Followed{.ending = Ending::kInterrupted, .job = {}});
  });
  kj::Promise<Followed> timedOut = kj::NEVER_DONE;
  if (options.timeout > Duration::zero()) {
    timedOut = loop.timer().afterDelay(net::toKj(options.timeout)).then([] {
      return Followed{.ending = Ending::kTimedOut, .job = {}};
    });
  }
  kj::Promise<Followed> over = job.waitRequest().send().then([](auto&& response) {
    return Followed{.ending = Ending::kOver, .job = net::fromWire(response.getInfo())};
  });

  Progress progress(progressStyleOf(STDERR_FILENO));
  wire::Subscription::Client subscription = nullptr;
  if (options.progress) {
    auto request = job.watchRequest();
    request.setWatcher(kj::heap<Watcher>(progress));
    request.setMinPeriodNanoseconds(static_cast<std::uint64_t>(kWatchPeriod.count()));
    subscription = request.send().getSubscription();
  }
  KJ_DEFER(writeNow(progress.clear()));
  return over.exclusiveJoin(kj::mv(timedOut))
      .exclusiveJoin(kj::mv(interrupted.promise))
      .wait(loop.waitScope());
}

JobInfo cancel(net::KjLoop& loop, wire::Job::Client job) {
  return net::fromWire(job.cancelRequest().send().wait(loop.waitScope()).getInfo());
}

}  // namespace pi::client
