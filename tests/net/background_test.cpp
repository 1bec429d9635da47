// Work in the background of the loop, and the order of handshakes in it.
#include "common/net/loop/background.h"

#include <doctest/doctest.h>

#include <asio/post.hpp>
#include <memory>
#include <vector>

#include "common/net/loop/clock.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/transport/handshake_queue.h"

using namespace pi;
using namespace pi::net;
using namespace std::chrono_literals;

namespace {

void burnCpu(Duration time) {
  for (Duration end = threadCpuTime() + time; threadCpuTime() < end;) {
  }
}

// Work of some equal pieces.
struct Pieces final : BackgroundWork {
  Pieces(int ourCount, Duration ourCost) : left(ourCount), cost(ourCost) {}
  bool doPiece() override {
    burnCpu(cost);
    if (--left == 0) done.fulfiller->fulfill();
    return left > 0;
  }

  int left;
  Duration cost;
  kj::PromiseFulfillerPair<void> done = kj::newPromiseAndFulfiller<void>();
};

// A handler of the loop that is due again as soon as it has run.
struct Busy {
  explicit Busy(KjLoop& ourLoop) : loop(ourLoop) { post(); }
  void post() {
    asio::post(loop.io(), [this] {
      ++turns;
      burnCpu(10us);
      // Not at once: the loop would never leave its handlers.
      again = loop.timer()
                  .afterDelay(0 * kj::NANOSECONDS)
                  .then([this] { post(); })
                  .eagerlyEvaluate(nullptr);
    });
  }

  KjLoop& loop;
  std::uint64_t turns = 0;
  kj::Promise<void> again = nullptr;
};

}  // namespace

TEST_CASE(
    "before other work, a piece in the background waits four times as long as the last took") {
  BackgroundBudget budget;
  CHECK(budget.allows(0ns));
  budget.spend(100us, 300us);
  CHECK_FALSE(budget.allows(300us));
  CHECK_FALSE(budget.allows(1099us));
  CHECK(budget.allows(1100us));
  budget.spend(5s, 5s + 1us);  // It counts the last piece only, so no debt grows while it may run.
  CHECK(budget.allows(5s + 5us));
}

TEST_CASE("background work gets all the CPU time of a loop that has nothing else to do") {
  KjLoop loop;
  auto work = std::make_shared<Pieces>(200, 100us);
  loop.inBackground(work);
  Duration begin = threadCpuTime();
  work->done.promise.wait(loop.waitScope());
  Duration used = threadCpuTime() - begin;
  CHECK(loop.backgroundCounts().pieces == 200);
  CHECK(loop.backgroundCounts().cpu > used / 2);
  CHECK(loop.backgroundCounts().longest >= 100us);
}

TEST_CASE(
    "background work gets a fifth of the CPU time of a loop that has always something to do") {
  KjLoop loop;
  auto work = std::make_shared<Pieces>(50, 100us);
  Busy busy(loop);
  loop.inBackground(work);
  Duration begin = threadCpuTime();
  work->done.promise.wait(loop.waitScope());
  Duration used = threadCpuTime() - begin;
  const BackgroundCounts& counts = loop.backgroundCounts();
  CHECK(counts.pieces == 50);
  CHECK(counts.piecesBeforeOthers > 40);
  CHECK(counts.cpu < used / 4);
  CHECK(counts.cpu > used / 10);
  CHECK(counts.eventsBetween > counts.pieces);
  CHECK(busy.turns > counts.pieces);
}

TEST_CASE("several works in the background take turns") {
  KjLoop loop;
  auto first = std::make_shared<Pieces>(10, 0us);
  auto second = std::make_shared<Pieces>(10, 0us);
  loop.inBackground(first);
  loop.inBackground(second);
  first->done.promise.wait(loop.waitScope());
  CHECK(second->left <= 1);
}

TEST_CASE("accepting and continuing handshakes alternate, and the oldest handshake is first") {
  KjLoop loop;
  auto queue = std::make_shared<HandshakeQueue>(loop);
  std::vector<int> order;
  auto note = [&order](int what) { return [&order, what] { order.push_back(what); }; };
  auto first = queue->arrive(), second = queue->arrive(), third = queue->arrive();
  queue->continueLater(third, note(3));
  queue->continueLater(first, note(1));
  queue->acceptLater(note(100));
  queue->acceptLater(note(101));
  queue->acceptLater(note(102));
  queue->continueLater(second, note(2));
  CHECK(queue->isWaiting(second));
  for (int i = 0; i < 5; ++i) CHECK(queue->doPiece());
  CHECK_FALSE(queue->isWaiting(second));
  CHECK_FALSE(queue->doPiece());
  CHECK(order == std::vector<int>{100, 1, 101, 2, 102, 3});
}

TEST_CASE("a cleared queue calls no one any more") {
  KjLoop loop;
  auto queue = std::make_shared<HandshakeQueue>(loop);
  auto held = std::make_shared<int>(0);
  queue->continueLater(queue->arrive(), [held] { FAIL("called"); });
  queue->acceptLater([held] { FAIL("called"); });
  queue->clear();
  CHECK(held.use_count() == 1);
  CHECK_FALSE(queue->doPiece());
}
