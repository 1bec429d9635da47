#include "worker/compute_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "tests/no_threads.h"
#include "worker/affinity.h"
#include "worker/kernels/kernel.h"

namespace pi::worker {
namespace {

constexpr Stream kStream{.seed = 2017, .sampler = Sampler::kSobol};

// Every seventh sample is a hit; the hits alternate between two strata.
Hits sevenths(Stream /*stream*/, SampleRange range, const kernels::StopFlag* /*stop*/) {
  auto below = [](std::uint64_t end, std::uint64_t shift) { return (end + shift) / 14; };
  return {.strata = {below(range.end, 13) - below(range.begin, 13),
                     below(range.end, 6) - below(range.begin, 6)}};
}

// The same from a kernel that waits at a gate, so that tests know which grains are in progress.
std::atomic<int> entered = 0;
std::atomic<int> allowed = 0;

Hits gatedSevenths(Stream stream, SampleRange range, const kernels::StopFlag* stop) {
  int turn = ++entered;
  entered.notify_all();
  for (int now = allowed; now < turn; now = allowed) allowed.wait(now);
  return sevenths(stream, range, stop);
}

void waitUntilEntered(int calls) {
  for (int now = entered; now < calls; now = entered) entered.wait(now);
}

void allow(int calls) {
  allowed = calls;
  allowed.notify_all();
}

constexpr int kAll = 1 << 30;

struct Gate {
  Gate() { entered = allowed = 0; }
  ~Gate() { allow(kAll); }
};

// A pool, its loop, and the events that it sent.
struct Rig {
  explicit Rig(std::uint32_t threads, CpuUnit::Compute compute = sevenths)
      : Rig(cpuUnits(compute, threads)) {}
  explicit Rig(ComputeUnits units)
      : pool(std::make_unique<ComputePool>(io, std::move(units), [this](const Event& event) {
          std::visit([this](const auto& happened) { on(happened); }, event);
        })) {}

  void on(const event::SpanComputed& computed) { spans.push_back(computed.tally); }
  void on(const event::RunningLow&) { ++timesLow; }
  void on(const event::ComputingStopped&) {
    CHECK_FALSE(stopped);
    stopped = true;
  }
  template <typename Other>
  void on(const Other&) {
    FAIL("the pool does not send this event");
  }

  void until(const std::function<bool()>& done) {
    while (!done()) io.run_one();
  }
  void untilStopped() {
    pool->stop();
    until([this] { return stopped; });
    io.poll();
  }

  // The sum of a lease's spans; checks that they leave no gaps.
  Tally tallyOf(LeaseId lease) {
    std::vector<LeaseTally> own;
    std::ranges::copy_if(spans, std::back_inserter(own),
                         [lease](const auto& span) { return span.lease == lease; });
    if (own.empty()) return {};
    std::ranges::sort(own, {}, [](const auto& span) { return span.tally.range.begin; });
    Tally sum{.range = {own[0].tally.range.begin, own[0].tally.range.begin}};
    for (const LeaseTally& span : own) {
      CHECK(span.tally.range.begin == sum.range.end);
      CHECK(span.busy > Duration::zero());
      sum.range.end = span.tally.range.end;
      sum.hits += span.tally.hits;
    }
    return sum;
  }
  std::uint64_t samplesComputed() const {
    std::uint64_t samples = 0;
    for (const LeaseTally& span : spans) samples += span.tally.range.size();
    return samples;
  }

  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  std::vector<LeaseTally> spans;
  int timesLow = 0;
  bool stopped = false;
  std::unique_ptr<ComputePool> pool;
};

Lease leaseOf(std::uint64_t id, std::uint64_t begin, std::uint64_t end) {
  return {.id = LeaseId{id}, .job = JobId{7}, .stream = kStream, .range = {begin, end}};
}

void checkExact(const Tally& tally) {
  CHECK(tally.hits == sevenths(kStream, tally.range, nullptr));
}

TEST_CASE("the hits of a lease are exact for any number of threads and any cuts") {
  for (std::uint32_t threads = 1; threads <= 4; ++threads) {
    CAPTURE(threads);
    std::mt19937_64 random(threads);
    Rig rig(threads);
    std::uint64_t wanted = 0;
    for (std::uint64_t id = 1; id <= 200; ++id) {
      std::uint64_t begin = random() % (10 * kBlockSamples);
      std::uint64_t size = 1 + random() % (id % 5 == 0 ? 300 * kBlockSamples : 1000);
      rig.pool->push(leaseOf(id, begin, begin + size));
      wanted += size;
      if (id % 3 == 0) rig.pool->cut();
    }
    rig.until([&] {
      rig.pool->cut();
      return rig.samplesComputed() == wanted;
    });
    for (std::uint64_t id = 1; id <= 200; ++id) {
      CAPTURE(id);
      checkExact(rig.tallyOf(LeaseId{id}));
    }
  }
}

TEST_CASE("a lease without cuts is one span, with its job") {
  Rig rig(2);
  rig.pool->push(leaseOf(3, 5, 100 * kBlockSamples + 1));
  rig.until([&] { return !rig.spans.empty(); });
  REQUIRE(rig.spans.size() == 1);
  CHECK(rig.spans[0].lease == LeaseId{3});
  CHECK(rig.spans[0].job == JobId{7});
  CHECK(rig.spans[0].tally.range == SampleRange{5, 100 * kBlockSamples + 1});
  checkExact(rig.spans[0].tally);
}

TEST_CASE("a real kernel gives the same hits in the pool as in one call") {
  const kernels::Kernel& kernel = kernels::best();
  Stream stream{.seed = 5};
  SampleRange range{.begin = 1000, .end = 20 * kBlockSamples + 77};
  Rig rig(3, kernel.compute);
  rig.pool->push({.id = LeaseId{1}, .job = JobId{1}, .stream = stream, .range = range});
  rig.until([&] { return !rig.spans.empty(); });
  CHECK(rig.spans[0].tally == Tally{.range = range, .hits = kernel.hitsIn(stream, range)});
}

TEST_CASE("a cut sends what was begun as one span, and the rest as another") {
  Gate gate;
  Rig rig(1, gatedSevenths);
  rig.pool->push(leaseOf(1, 0, 10 * kBlockSamples));
  waitUntilEntered(1);
  rig.pool->cut();
  rig.pool->cut();  // No grain was begun since the last cut.
  allow(kAll);
  rig.until([&] { return rig.samplesComputed() == 10 * kBlockSamples; });
  CHECK(rig.spans.size() == 2);
  CHECK(rig.spans[0].tally.range == SampleRange{0, kBlockSamples});
  checkExact(rig.tallyOf(LeaseId{1}));
}

TEST_CASE("a truncation removes samples that are not begun, and returns the new end") {
  Gate gate;
  Rig rig(2, gatedSevenths);
  rig.pool->push(leaseOf(1, 0, 10 * kBlockSamples));
  waitUntilEntered(2);  // Each thread computes one block.

  CHECK(rig.pool->truncate(LeaseId{1}, 20 * kBlockSamples) == 10 * kBlockSamples);
  CHECK(rig.pool->truncate(LeaseId{1}, 5 * kBlockSamples + 3) == 5 * kBlockSamples + 3);
  CHECK(rig.pool->truncate(LeaseId{1}, 10) == 2 * kBlockSamples);
  // All of it is begun, and not finished.
  CHECK(rig.pool->truncate(LeaseId{1}, 10) == 2 * kBlockSamples);
  CHECK(rig.pool->truncate(LeaseId{9}, 10) == kSamplesEnd);

  allow(kAll);
  rig.until([&] { return !rig.spans.empty(); });
  CHECK(rig.tallyOf(LeaseId{1}).range == SampleRange{0, 2 * kBlockSamples});
  CHECK(rig.pool->truncate(LeaseId{1}, 10) == kSamplesEnd);
}

TEST_CASE("a lease that is truncated to nothing before it is begun gives no span") {
  Gate gate;
  Rig rig(1, gatedSevenths);
  rig.pool->push(leaseOf(1, 0, kBlockSamples));
  waitUntilEntered(1);
  rig.pool->push(leaseOf(2, 0, 100));
  CHECK(rig.pool->truncate(LeaseId{2}, 0) == 0);
  CHECK(rig.pool->truncate(LeaseId{2}, 0) == kSamplesEnd);
  allow(kAll);
  rig.until([&] { return !rig.spans.empty(); });
  rig.untilStopped();
  CHECK(rig.spans.size() == 1);
}

TEST_CASE("truncations at random moments neither lose nor add a sample") {
  for (std::uint32_t threads = 1; threads <= 4; ++threads) {
    CAPTURE(threads);
    std::mt19937_64 random(threads);
    Rig rig(threads);
    for (std::uint64_t id = 1; id <= 300; ++id) {
      CAPTURE(id);
      std::uint64_t end = 1 + random() % (500 * kBlockSamples);
      std::uint64_t told = rig.samplesComputed();
      rig.pool->push(leaseOf(id, 0, end));
      for (int i = 0; i < 3; ++i) {
        if (random() % 2 == 0) rig.pool->cut();
        std::uint64_t wanted = random() % 4 == 0 ? 0 : random() % end;
        std::uint64_t kept = rig.pool->truncate(LeaseId{id}, wanted);
        if (kept == kSamplesEnd) break;  // The threads had finished the lease.
        CHECK(kept <= end);
        end = kept;
        if (end == 0) break;
      }
      rig.until([&] { return rig.samplesComputed() == told + end; });
      if (end == 0) continue;
      Tally tally = rig.tallyOf(LeaseId{id});
      CHECK(tally.range.size() == end);
      checkExact(tally);
    }
  }
}

TEST_CASE("the threads stop computing a dropped lease within a block, and it gives no span") {
  Gate gate;
  Rig rig(1, gatedSevenths);
  rig.pool->push(leaseOf(1, 0, 1'000 * kBlockSamples));
  allow(3);
  waitUntilEntered(4);  // In a grain of several blocks.
  rig.pool->drop(LeaseId{1});
  rig.pool->drop(LeaseId{1});
  CHECK(rig.pool->truncate(LeaseId{1}, 0) == kSamplesEnd);
  rig.pool->push(leaseOf(2, 0, 100));
  allow(4);
  waitUntilEntered(5);
  allow(5);
  rig.until([&] { return !rig.spans.empty(); });
  rig.untilStopped();
  CHECK(entered == 5);
  CHECK(rig.spans.size() == 1);
  CHECK(rig.spans[0].lease == LeaseId{2});
}

TEST_CASE("a dropped lease may be lent again under the same number") {
  Gate gate;
  Rig rig(1, gatedSevenths);
  rig.pool->push(leaseOf(1, 0, 1'000));
  waitUntilEntered(1);
  rig.pool->drop(LeaseId{1});
  rig.pool->push(leaseOf(1, 2'000, 3'000));
  allow(kAll);
  rig.untilStopped();
  for (const LeaseTally& span : rig.spans) CHECK(span.tally.range.begin == 2'000);
}

TEST_CASE("a stop and a truncation to zero keep what is finished, and abandon what is begun") {
  for (bool isStop : {true, false}) {
    CAPTURE(isStop);
    Gate gate;
    Rig rig(1, gatedSevenths);
    rig.pool->push(leaseOf(1, 0, 10 * kBlockSamples));
    allow(1);
    waitUntilEntered(2);
    if (isStop) {
      rig.pool->stop();
    } else {
      CHECK(rig.pool->truncate(LeaseId{1}, 0) == kBlockSamples);
    }
    allow(kAll);
    rig.untilStopped();
    CHECK(rig.tallyOf(LeaseId{1}).range == SampleRange{0, kBlockSamples});
    checkExact(rig.tallyOf(LeaseId{1}));
  }
}

std::atomic<int> underway = 0;

Hits computeUntilStopped(Stream /*stream*/, SampleRange /*range*/, const kernels::StopFlag* stop) {
  ++underway;
  while (!kernels::isSet(stop)) std::this_thread::yield();
  --underway;
  return {};
}

TEST_CASE("a computation without an end is abandoned as soon as it is not wanted") {
  using Interrupt = void (*)(Rig & rig);
  for (Interrupt interrupt :
       {Interrupt([](Rig& rig) { CHECK(rig.pool->truncate(LeaseId{1}, 0) == 0); }),
        Interrupt([](Rig& rig) { rig.pool->drop(LeaseId{1}); }),
        Interrupt([](Rig& rig) { rig.pool->stop(); }),
        Interrupt([](Rig& rig) { CHECK(rig.pool->endWithin(std::chrono::minutes(1))); }),
        Interrupt([](Rig& rig) { rig.pool.reset(); })}) {
    Rig rig(2, computeUntilStopped);
    rig.pool->push(leaseOf(1, 0, 10 * kBlockSamples));
    while (underway < 2) std::this_thread::yield();
    interrupt(rig);
    while (underway > 0) std::this_thread::yield();
    rig.io.poll();
    CHECK(rig.spans.empty());
  }
}

TEST_CASE(
    "a stop begins no other grain, and sends ComputingStopped once when the threads have "
    "returned") {
  Gate gate;
  Rig rig(2, gatedSevenths);
  rig.pool->push(leaseOf(1, 0, 10 * kBlockSamples));
  rig.pool->push(leaseOf(2, 0, 10 * kBlockSamples));
  waitUntilEntered(2);
  rig.pool->stop();
  rig.pool->push(leaseOf(3, 0, 10 * kBlockSamples));
  rig.io.poll();
  CHECK_FALSE(rig.stopped);
  allow(kAll);
  rig.untilStopped();
  CHECK(entered == 2);
  CHECK(rig.spans.empty());
}

TEST_CASE("an idle pool stops at once") {
  Rig rig(4);
  rig.untilStopped();
  CHECK(rig.spans.empty());
}

TEST_CASE("RunningLow is sent once, and once more after each change") {
  Gate gate;
  Rig rig(1, gatedSevenths);
  rig.pool->setLowWater(5 * kBlockSamples);
  rig.io.poll();
  CHECK(rig.timesLow == 0);  // There was no work to run low on.

  rig.pool->push(leaseOf(1, 0, 3 * kBlockSamples));
  waitUntilEntered(1);
  rig.io.poll();
  CHECK(rig.timesLow == 1);
  rig.pool->push(leaseOf(2, 0, 10 * kBlockSamples));
  rig.io.poll();
  CHECK(rig.timesLow == 1);  // There is enough work now.
  rig.pool->truncate(LeaseId{2}, kBlockSamples);
  rig.io.poll();
  CHECK(rig.timesLow == 2);
  rig.pool->drop(LeaseId{2});
  rig.io.poll();
  CHECK(rig.timesLow == 3);
  rig.pool->push(leaseOf(3, 0, 100 * kBlockSamples));
  rig.io.poll();
  CHECK(rig.timesLow == 3);
  allow(kAll);
  rig.until([&] { return rig.timesLow == 4; });
  rig.untilStopped();
  CHECK(rig.timesLow == 4);
}

// How many threads compute at one time.
std::atomic<int> computing = 0;
std::atomic<int> computingMost = 0;

Hits countedSevenths(Stream stream, SampleRange range, const kernels::StopFlag* stop) {
  int now = ++computing;
  for (int most = computingMost; most < now;) computingMost.compare_exchange_weak(most, now);
  std::this_thread::yield();
  Hits hits = sevenths(stream, range, stop);
  --computing;
  return hits;
}

Lease limited(Lease lease, std::uint32_t threads) {
  lease.threads = threads;
  return lease;
}

TEST_CASE("a lease with a limit of threads is computed by no more than these") {
  for (std::uint32_t threads : {1, 2, 9}) {
    CAPTURE(threads);
    computingMost = 0;
    Rig rig(4, countedSevenths);
    for (std::uint64_t id = 1; id <= 20; ++id) {
      rig.pool->push(limited(leaseOf(id, id, 200 * kBlockSamples), threads));
    }
    rig.until([&] { return rig.spans.size() == 20; });
    CHECK(computingMost <= static_cast<int>(threads));
    for (std::uint64_t id = 1; id <= 20; ++id) checkExact(rig.tallyOf(LeaseId{id}));
  }
}

TEST_CASE("the other threads begin what is behind such a lease when all of it is begun") {
  Gate gate;
  Rig rig(3, gatedSevenths);
  rig.pool->push(limited(leaseOf(1, 0, 2 * kBlockSamples), 1));
  rig.pool->push(leaseOf(2, 0, 100 * kBlockSamples));
  waitUntilEntered(1);
  allow(1);
  waitUntilEntered(4);  // The second block of the first lease, and both other threads.
  allow(kAll);
  rig.until([&] { return rig.samplesComputed() == 102 * kBlockSamples; });
  checkExact(rig.tallyOf(LeaseId{2}));
}

TEST_CASE("the other threads begin what is behind such a lease when it is given back") {
  for (bool isDrop : {true, false}) {
    CAPTURE(isDrop);
    Gate gate;
    Rig rig(3, gatedSevenths);
    rig.pool->push(limited(leaseOf(1, 0, 50 * kBlockSamples), 1));
    rig.pool->push(leaseOf(2, 0, 100 * kBlockSamples));
    waitUntilEntered(1);
    if (isDrop) {
      rig.pool->drop(LeaseId{1});
    } else {
      CHECK(rig.pool->truncate(LeaseId{1}, 1) == kBlockSamples);
    }
    waitUntilEntered(3);
    allow(kAll);
    rig.until([&] { return rig.tallyOf(LeaseId{2}).range.size() == 100 * kBlockSamples; });
  }
}

// A device that is said to be so fast that CPUs leave it the last blocks.
class FastGpu final : public ComputeUnit {
 public:
  explicit FastGpu(std::atomic<int>& runs) : runs_(runs) {}
  Hits count(Stream stream, SampleRange run, std::uint64_t /*blockSamples*/,
             const kernels::StopFlag& stop) override {
    ++runs_;
    return sevenths(stream, run, &stop);
  }
  double speed() const override { return 1e6; }
  Duration runTime() const override { return std::chrono::milliseconds(100); }
  bool usesCpu() const override { return false; }

 private:
  std::atomic<int>& runs_;
};

TEST_CASE("a GPU takes no part in a lease with a limit of threads") {
  std::atomic<int> runs = 0;
  ComputeUnits units = cpuUnits(sevenths, 2);
  units.push_back(std::make_unique<FastGpu>(runs));
  Rig rig(std::move(units));
  rig.pool->push(limited(leaseOf(1, 0, 3 * kBlockSamples), 8));
  rig.until([&] { return rig.samplesComputed() == 3 * kBlockSamples; });
  CHECK(runs == 0);
  // It takes part in others; the CPUs may have finished the first of them.
  std::uint64_t wanted = 3 * kBlockSamples;
  for (std::uint64_t id = 2; runs == 0; ++id) {
    rig.pool->push(leaseOf(id, 0, 3 * kBlockSamples));
    wanted += 3 * kBlockSamples;
    rig.until([&] { return rig.samplesComputed() == wanted; });
  }
}

TEST_CASE("without a low-water mark RunningLow is sent when no samples are left to begin") {
  Rig rig(2);
  rig.pool->push(leaseOf(1, 0, 10 * kBlockSamples));
  rig.until([&] { return rig.timesLow == 1; });
}

TEST_CASE("the busy times of all spans add up to the time that the threads have worked") {
  using Clock = std::chrono::steady_clock;
  Rig rig(3, [](Stream stream, SampleRange range, const kernels::StopFlag* stop) {
    // A block takes ten microseconds.
    for (auto end = Clock::now() + std::chrono::microseconds(10); Clock::now() < end;) continue;
    return sevenths(stream, range, stop);
  });
  auto begunAt = Clock::now();
  std::uint64_t wanted = 0;
  for (std::uint64_t id = 1; id <= 20; ++id) {
    rig.pool->push(leaseOf(id, 0, 300 * kBlockSamples));
    wanted += 300 * kBlockSamples;
  }
  rig.until([&] {
    rig.pool->cut();
    return rig.samplesComputed() == wanted;
  });
  Duration elapsed = Clock::now() - begunAt;
  Duration busy{};
  for (const LeaseTally& span : rig.spans) busy += span.busy;
  CHECK(busy <= elapsed);
  // Three threads cannot take less time than this.
  CHECK(busy >= std::chrono::microseconds(10) * 20 * 300 / 3);
}

TEST_CASE("a pool may be destroyed at any moment, and sends no event after that") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 50; ++i) {
    Rig rig(1 + static_cast<std::uint32_t>(i % 4));
    rig.pool->push(leaseOf(1, 0, std::uint64_t{1} << 50));
    rig.pool->push(leaseOf(2, 0, std::uint64_t{1} << 50));
    std::uint64_t cuts = random() % 20;
    for (std::uint64_t cut = 0; cut < cuts; ++cut) rig.pool->cut();
    rig.pool = nullptr;
    rig.io.poll();
    CHECK(rig.spans.empty());
  }
}

std::atomic<std::size_t> cpusOfThread = 0;

Hits seventhsNotingCpus(Stream stream, SampleRange range, const kernels::StopFlag* stop) {
  cpusOfThread = allowedCpus().size();
  return sevenths(stream, range, stop);
}

TEST_CASE("a pool with fewer threads than CPUs pins none, and one with as many pins each") {
  auto all = static_cast<std::uint32_t>(allowedCpus().size());
  for (std::uint32_t threads : {1u, all}) {
    CAPTURE(threads);
    Rig rig(threads, seventhsNotingCpus);
    rig.pool->push(leaseOf(1, 0, 1));
    rig.until([&] { return rig.samplesComputed() == 1; });
    CHECK(cpusOfThread == (threads == all && all > 1 ? 1 : all));
  }
}

TEST_CASE("a pool whose threads cannot be started says how many it was to have, and the limits") {
  NoThreads none;
  auto refusal = [](std::uint32_t threads) -> std::string {
    try {
      Rig rig(threads);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal(1).starts_with("the system refuses to start 1 compute thread: after 0 of them "));
  CHECK(refusal(2).starts_with("the system refuses to start 2 compute threads: after 0 of them "));
  CHECK(refusal(2).ends_with("raise the limit on processes (ulimit -u) or memory (ulimit -v)"));
}

TEST_CASE("endWithin returns false instead of waiting for a thread that hangs") {
  Rig rig(2, gatedSevenths);
  Gate gate;
  rig.pool->push(leaseOf(1, 0, 1));
  waitUntilEntered(1);
  CHECK_FALSE(rig.pool->endWithin(Duration::zero()));

  allow(kAll);

  CHECK(rig.pool->endWithin(std::chrono::hours(1)));
}

}  // namespace
}  // namespace pi::worker
