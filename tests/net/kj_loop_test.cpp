#include "common/net/loop/kj_loop.h"

#include <doctest/doctest.h>
#include <kj/function.h>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <thread>
#include <vector>

#include "common/net/loop/clock.h"

using namespace pi;
using namespace pi::net;
using namespace std::chrono_literals;

TEST_CASE("timers fire in order, and not before their time") {
  KjLoop loop;
  std::vector<int> fired;
  Instant start = now();
  auto at = [&](Duration delay, int name) {
    return loop.timer()
        .afterDelay(toKj(delay))
        .then([&fired, name] { fired.push_back(name); })
        .eagerlyEvaluate(nullptr);
  };
  auto promises = kj::heapArrayBuilder<kj::Promise<void>>(3);
  promises.add(at(20ms, 3));
  promises.add(at(1ms, 1));
  promises.add(at(10ms, 2));

  kj::joinPromises(promises.finish()).wait(loop.waitScope());
  CHECK(fired == std::vector<int>{1, 2, 3});
  CHECK(now() - start >= 20ms);
}

// This is not tested with whole programs: such a test could not fail.  The loop of a scheduler
// wakes up every 3 s to look at its connection file (kEntrancePeriod), and KJ's own timer is right
// again then.  So, however long a scheduler idles, its delays of 5 to 15 s would be at most 3 s too
// short with the bug, and it would still end with exit code 0.  Programs ask for every delay by
// KjLoop::timer(), which is the timer of this test; there is no other way to KJ's own timer.
TEST_CASE("a delay that is asked for in a handler counts from then, however long the loop slept") {
  KjLoop loop;
  auto fired = kj::newPromiseAndFulfiller<void>();
  kj::Promise<void> delayed = nullptr;
  Instant asked{};
  asio::steady_timer alarm(loop.io(), 200ms);  // The loop sleeps until then.
  alarm.async_wait([&](std::error_code) {
    asked = now();
    delayed = loop.timer()
                  .afterDelay(toKj(100ms))
                  .then([&fired] { fired.fulfiller->fulfill(); })
                  .eagerlyEvaluate(nullptr);
  });

  fired.promise.wait(loop.waitScope());

  CHECK(now() - asked >= 100ms);
}

TEST_CASE("another thread's post wakes a loop that sleeps") {
  KjLoop loop;
  auto woken = kj::newPromiseAndFulfiller<std::thread::id>();
  std::thread thread([&io = loop.io(), &fulfiller = *woken.fulfiller] {
    asio::post(io, [&fulfiller] { fulfiller.fulfill(std::this_thread::get_id()); });
  });

  CHECK(woken.promise.wait(loop.waitScope()) == std::this_thread::get_id());
  thread.join();
}

TEST_CASE("KJ's own cross-thread executor wakes a loop that sleeps") {
  KjLoop loop;
  const kj::Executor& executor = kj::getCurrentThreadExecutor();
  auto done = kj::newPromiseAndFulfiller<void>();
  std::thread thread([&executor, &fulfiller = *done.fulfiller] {
    executor.executeSync([&fulfiller] { fulfiller.fulfill(); });
  });

  done.promise.wait(loop.waitScope());
  thread.join();
}

TEST_CASE("a busy KJ queue does not starve sockets and timers") {
  KjLoop loop;
  bool stop = false;
  kj::Function<kj::Promise<void>()> spin = [&]() -> kj::Promise<void> {
    if (stop) return kj::READY_NOW;
    return kj::evalLater([&] { return spin(); });
  };
  auto busy = spin().eagerlyEvaluate(nullptr);

  loop.timer().afterDelay(toKj(5ms)).wait(loop.waitScope());
  stop = true;
  busy.wait(loop.waitScope());
}

TEST_CASE("a dirty object is flushed once before the loop sleeps") {
  struct Output final : Flushable {
    void flush() override { ++flushes; }
    int flushes = 0;
  };
  KjLoop loop;
  auto output = std::make_shared<Output>();
  loop.flushBeforeSleep(output);
  CHECK(output->flushes == 0);

  loop.timer().afterDelay(toKj(1ms)).wait(loop.waitScope());
  CHECK(output->flushes == 1);
}

TEST_CASE("a promise that a flush fulfils does not wait for another event") {
  struct Output final : Flushable {
    void flush() override { done.fulfiller->fulfill(); }
    kj::PromiseFulfillerPair<void> done = kj::newPromiseAndFulfiller<void>();
  };
  KjLoop loop;
  auto output = std::make_shared<Output>();
  loop.flushBeforeSleep(output);
  output->done.promise.wait(loop.waitScope());  // Without the check it would sleep without end.
}

TEST_CASE("an object that a flush makes dirty is flushed, too, before the loop sleeps") {
  KjLoop loop;
  struct Output final : Flushable, std::enable_shared_from_this<Output> {
    explicit Output(KjLoop& ourLoop) : loop(ourLoop) {}
    void flush() override {
      if (++flushes == 1) {
        loop.flushBeforeSleep(shared_from_this());
      } else {
        done.fulfiller->fulfill();
      }
    }
    KjLoop& loop;
    int flushes = 0;
    kj::PromiseFulfillerPair<void> done = kj::newPromiseAndFulfiller<void>();
  };
  auto output = std::make_shared<Output>(loop);
  loop.flushBeforeSleep(output);
  // A loop that sleeps in spite of the dirty object wakes only for this.
  auto late = loop.timer().afterDelay(toKj(5s)).eagerlyEvaluate(nullptr);
  output->done.promise.wait(loop.waitScope());
  CHECK(!late.poll(loop.waitScope()));
}
