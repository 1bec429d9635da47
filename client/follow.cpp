#include "client/follow.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "client/progress.h"
#include "common/net/clock.h"
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
    progress_.setColumns(progressStyleOf(STDERR_FILENO).columns);  // The window may have changed.
    writeNow(progress_.update(net::fromWire(context.getParams().getInfo()), net::now()));
    return kj::READY_NOW;
  }

  Progress& progress_;
};

}  // namespace

Interruption::Interruption(net::KjLoop& loop)
    : pair_(kj::newPromiseAndFulfiller<void>()),
      signals_(loop, {SIGINT, SIGTERM}, [this](int) { pair_.fulfiller->fulfill(); }) {}

Followed follow(const net::ClientLink& link, wire::Job::Client job, Interruption& interruption,
                bool showsProgress) {
  kj::Promise<Followed> interrupted =
      interruption.take().then([] { return Followed{.ending = Ending::kInterrupted, .job = {}}; });
  kj::Promise<Followed> timedOut = kj::NEVER_DONE;
  if (link.deadline) {
    timedOut = link.loop.until(*link.deadline).then([] {
      return Followed{.ending = Ending::kTimedOut, .job = {}};
    });
  }
  kj::Promise<Followed> over = job.waitRequest().send().then([](auto&& response) {
    return Followed{.ending = Ending::kOver, .job = net::fromWire(response.getInfo())};
  });

  Progress progress(progressStyleOf(STDERR_FILENO));
  wire::Subscription::Client subscription = nullptr;
  if (showsProgress) {
    auto request = job.watchRequest();
    request.setWatcher(kj::heap<Watcher>(progress));
    request.setMinPeriodNanoseconds(static_cast<std::uint64_t>(kWatchPeriod.count()));
    subscription = request.send().getSubscription();
  }
  KJ_DEFER(writeNow(progress.clear()));
  return over.exclusiveJoin(kj::mv(timedOut))
      .exclusiveJoin(kj::mv(interrupted))
      .wait(link.loop.waitScope());
}

}  // namespace pi::client
