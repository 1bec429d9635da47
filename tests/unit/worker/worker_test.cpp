#include "worker/core/worker.h"

#include "common/base/backoff.h"
#include "tests/unit/worker/core_testing.h"

namespace pi::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Tallies = std::vector<LeaseTally>;

constexpr SampleRange kHundred{.begin = 0, .end = 100};

TEST_CASE("a worker that has joined asks for work at once") {
  Story story;
  Actions hello = story.connect();
  CHECK(only<action::Join>(hello).at(0).held.empty());
  CHECK(only<action::Exchange>(hello).empty());

  Actions actions = story.join();

  CHECK(only<action::Exchange>(actions).size() == 1);
  CHECK(only<action::SetLowWater>(actions).at(0).samples == 20);
}

TEST_CASE("a worker asks for the next lease when its threads run low, and not earlier") {
  Story story;
  story.join();

  Actions lent = story.lend(1, kHundred);
  CHECK(only<action::Compute>(lent).at(0).lease == leaseOf(1, kHundred));
  CHECK(only<action::Exchange>(lent).empty());

  Actions low = story.handle(event::RunningLow{});
  CHECK(only<action::Exchange>(low).size() == 1);
  CHECK(only<action::Exchange>(story.handle(event::RunningLow{})).empty());
}

TEST_CASE("a far worker asks earlier, by the measured round trip, and tells it to its scheduler") {
  Story story;
  story.connect();
  story.pass(milliseconds(100));

  Actions joined = story.handle(event::Joined{.policy = Story::policy()});

  CHECK(only<action::Exchange>(joined).at(0).roundTrip == milliseconds(25));
  CHECK(only<action::SetLowWater>(joined).at(0).samples == 45);
  for (int i = 0; i < 30; ++i) {
    story.pass(seconds(3));
    story.pass(milliseconds(100));
    story.handle(event::ReportReceived{});
  }
  story.lend(1, kHundred);
  Actions low = story.handle(event::RunningLow{});
  CHECK(only<action::Exchange>(low).at(0).roundTrip > milliseconds(99));
}

TEST_CASE("a worker that computes slower than it claims asks for less work ahead") {
  Story story;
  story.join();
  story.lend(1, {.begin = 0, .end = 1000});
  LeaseTally slow = spanOf(1, {.begin = 0, .end = 100});
  slow.busy = seconds(10);

  Actions actions = story.handle(event::SpanComputed{slow});

  CHECK(only<action::SetLowWater>(actions).at(0).samples < 20);
}

TEST_CASE("a worker that was fast at a job of nets asks for few samples of the next job ahead") {
  Story story;
  story.join();
  Lease nets = leaseOf(1, {.begin = 0, .end = 1'000'000});
  nets.stream.sampler = Sampler::kSobol;
  story.handle(event::LeasesLent{.leases = {nets}});
  LeaseTally fast = spanOf(1, {.begin = 0, .end = 1'000'000});
  fast.busy = milliseconds(1);
  CHECK(only<action::SetLowWater>(story.handle(event::SpanComputed{fast})).at(0).samples > 1'000);

  Actions lent = story.lend(2, kHundred);

  CHECK(only<action::SetLowWater>(lent).at(0).samples == 20);
}

TEST_CASE("a worker keeps to the policy that the last answer told") {
  Story story;
  story.join();
  story.handle(event::LeasesLent{.leases = {leaseOf(1, {.begin = 0, .end = 1'000'000})},
                                 .policy = WorkerPolicy{.heartbeat = seconds(5)}});
  CHECK(only<action::CutSpan>(story.pass(milliseconds(4900))).empty());
  CHECK(only<action::CutSpan>(story.pass(milliseconds(200))).size() == 1);

  story.span(1, {.begin = 0, .end = 10});
  story.handle(event::ReportReceived{.policy = WorkerPolicy{.heartbeat = seconds(2)}});
  CHECK(only<action::CutSpan>(story.pass(milliseconds(1900))).empty());
  CHECK(only<action::CutSpan>(story.pass(milliseconds(200))).size() == 1);

  story.span(1, {.begin = 10, .end = 20});
  story.handle(event::ReportReceived{});  // As older schedulers answer.
  CHECK(only<action::CutSpan>(story.pass(milliseconds(1900))).empty());
  CHECK(only<action::CutSpan>(story.pass(milliseconds(200))).size() == 1);
}

TEST_CASE("a worker asks as early as the last answer told") {
  Story story;
  story.join();
  Actions lent = story.handle(event::LeasesLent{
      .leases = {leaseOf(1, kHundred)},
      .policy = WorkerPolicy{.prefetch = milliseconds(40), .heartbeat = seconds(1)}});
  CHECK(only<action::SetLowWater>(lent).at(0).samples == 40);
}

TEST_CASE("a connection that works is never given up, however long it is quiet or busy") {
  Story story({.deathTimeout = seconds(60), .lifetime = {}});
  story.join();
  for (bool isBusy : {false, true}) {
    CAPTURE(isBusy);
    std::uint64_t done = 0;
    if (isBusy) story.lend(1, {.begin = 0, .end = 1'000'000});
    for (Instant end = story.now() + minutes(10); story.now() < end;) {
      Actions actions = story.pass(*story.core().wakeAt() - story.now());
      if (!only<action::CutSpan>(actions).empty()) {
        actions = story.span(1, {.begin = done, .end = done + 10});
        done += 10;
      }
      REQUIRE(only<action::Disconnect>(actions).empty());
      REQUIRE(only<action::Exit>(actions).empty());
      REQUIRE(only<action::Report>(actions).size() == 1);
      story.handle(event::ReportReceived{});
    }
  }
}

TEST_CASE("an exchange that brought no leases is followed by the next one") {
  Story story;
  story.join();

  Actions actions = story.handle(event::LeasesLent{});

  REQUIRE(only<action::Exchange>(actions).size() == 1);
  CHECK(only<action::Exchange>(actions)[0].done.empty());
}

TEST_CASE("finished spans are reported in the order of their samples") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  CHECK(story.span(1, {.begin = 40, .end = 60}).empty());

  Actions actions = story.span(1, {.begin = 0, .end = 40});

  CHECK(only<action::Report>(actions).at(0).done == Tallies{spanOf(1, {.begin = 0, .end = 60})});
}

TEST_CASE(
    "one report is under way at a time, and the next one carries all that was finished since") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  CHECK(only<action::Report>(story.span(1, {.begin = 0, .end = 10})).size() == 1);
  CHECK(story.span(1, {.begin = 10, .end = 20}).empty());
  CHECK(story.span(1, {.begin = 20, .end = 30}).empty());

  Actions actions = story.handle(event::ReportReceived{});

  CHECK(only<action::Report>(actions).at(0).done == Tallies{spanOf(1, {.begin = 10, .end = 30})});
}

TEST_CASE("an exchange carries the tallies that were not reported yet") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  story.span(1, {.begin = 0, .end = 10});
  story.span(1, {.begin = 10, .end = 90});

  Actions actions = story.handle(event::RunningLow{});

  CHECK(only<action::Exchange>(actions).at(0).done == Tallies{spanOf(1, {.begin = 10, .end = 90})});
}

TEST_CASE("after a reconnect all tallies that are not committed are sent again, unchanged") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  story.span(1, {.begin = 0, .end = 10});
  story.span(1, {.begin = 10, .end = 20});
  story.handle(event::Disconnected{});
  story.span(1, {.begin = 20, .end = 30});
  REQUIRE(only<action::Connect>(story.pass(seconds(5))).size() == 1);

  auto join = only<action::Join>(story.connect()).at(0);

  CHECK(join.done ==
        Tallies{spanOf(1, {.begin = 0, .end = 10}), spanOf(1, {.begin = 10, .end = 30})});
  CHECK(join.held ==
        std::vector{LeaseRest{.lease = LeaseId{1}, .range = {.begin = 30, .end = 100}}});
  CHECK(join.lent.front() == leaseOf(1, kHundred));
}

TEST_CASE(
    "after a reconnect a committed tally is not sent again, and one that was only received is") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  story.span(1, {.begin = 0, .end = 10});
  story.handle(event::ReportReceived{.committed = 1});
  story.span(1, {.begin = 10, .end = 20});
  story.handle(event::ReportReceived{.committed = 1});
  story.handle(event::Disconnected{});
  story.pass(seconds(5));

  CHECK(only<action::Join>(story.connect()).at(0).done ==
        Tallies{spanOf(1, {.begin = 10, .end = 20})});
}

TEST_CASE("a worker drops its leases and tallies when the scheduler has another state directory") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  story.span(1, {.begin = 0, .end = 10});
  story.handle(event::Disconnected{});
  story.pass(seconds(5));
  story.connect();

  Actions joined =
      story.handle(event::Joined{.policy = {.heartbeat = seconds(1)}, .isStranger = true});
  CHECK(only<action::DropLease>(joined).at(0).lease == LeaseId{1});
  CHECK(only<action::Exchange>(joined).at(0).done.empty());

  story.handle(event::Disconnected{});
  story.pass(seconds(5));
  auto again = only<action::Join>(story.connect()).at(0);
  CHECK(again.held.empty());
  CHECK(again.done.empty());
}

TEST_CASE("spans that finish while a draining worker joins are reported") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  story.handle(event::Disconnected{});
  story.pass(seconds(5));
  story.connect();
  story.handle(event::DrainAsked{});
  story.span(1, {.begin = 0, .end = 10});
  story.handle(event::ComputingStopped{});

  Actions joined = story.handle(event::Joined{.policy = {.heartbeat = seconds(1)}});

  CHECK(only<action::Leave>(joined).at(0).done == Tallies{spanOf(1, {.begin = 0, .end = 10})});
}

TEST_CASE("the death timeout does not count time in which the worker itself was suspended") {
  Story story({.deathTimeout = seconds(60), .lifetime = {}});
  story.join();
  story.pass(seconds(3));  // A report is under way.
  Actions woken = story.pass(std::chrono::hours(1));
  CHECK(only<action::Exit>(woken).empty());

  story.handle(event::Disconnected{});  // The answer to the report is lost.
  CHECK(only<action::Exit>(story.pass(seconds(1))).empty());
}

TEST_CASE("a worker that was suspended while it had no scheduler does not exit for that time") {
  Story story({.deathTimeout = seconds(60), .lifetime = {}});
  story.handle(event::Disconnected{});
  REQUIRE(only<action::Exit>(story.passAlone(seconds(30))).empty());

  story.pass(std::chrono::hours(1));
  CHECK(only<action::Exit>(story.passAlone(seconds(20))).empty());

  CHECK(only<action::Exit>(story.passAlone(seconds(20))).size() == 1);
}

TEST_CASE("every silence of the scheduler, and every outage, is noticed like the first") {
  Story story;
  story.join();
  for (int round = 1; round <= 3; ++round) {
    CAPTURE(round);
    REQUIRE(only<action::Report>(story.pass(seconds(3))).size() == 1);
    CHECK(only<action::Disconnect>(story.pass(seconds(14))).empty());
    CHECK(only<action::Disconnect>(story.pass(seconds(1))).size() == 1);
    story.handle(event::Disconnected{.random = ~std::uint64_t{0}});
    CHECK(*story.core().wakeAt() - story.now() == kBackoffMin);
    CHECK(only<action::Connect>(story.pass(kBackoffMin)).size() == 1);

    story.handle(event::Reached{});
    CHECK(only<action::Disconnect>(story.pass(seconds(15))).size() == 1);
    story.handle(event::Disconnected{});
    CHECK(only<action::Connect>(story.pass(seconds(1))).size() == 1);
    CHECK(only<action::Exchange>(story.join()).size() == 1);
  }
}

TEST_CASE("after each outage the death timeout counts from zero") {
  Story story({.deathTimeout = seconds(60), .lifetime = {}});
  for (int round = 1; round <= 3; ++round) {
    CAPTURE(round);
    story.handle(event::Disconnected{});
    CHECK(only<action::Exit>(story.passAlone(seconds(55))).empty());
    story.pass(seconds(1));
    story.join();
  }
}

TEST_CASE("a worker with a death timeout of half a second still makes its first call") {
  Story story({.deathTimeout = milliseconds(500), .lifetime = {}});
  CHECK(only<action::Exit>(story.pass(seconds(20))).empty());  // Many addresses are called.

  story.handle(event::Disconnected{});

  CHECK(only<action::Exit>(story.pass(milliseconds(1))).size() == 1);
}

TEST_CASE("a lease that the scheduler tells the worker to forget is dropped") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  story.handle(event::Disconnected{});
  story.pass(seconds(5));

  Actions actions = story.join({LeaseId{1}});

  CHECK(only<action::DropLease>(actions).at(0).lease == LeaseId{1});
  CHECK(only<action::Exchange>(actions).size() == 1);
  CHECK(story.span(1, {.begin = 0, .end = 10}).empty());
}

TEST_CASE("an exchange that was lost with its connection is sent again") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  story.handle(event::RunningLow{});
  story.handle(event::Disconnected{});
  story.pass(seconds(5));

  CHECK(only<action::Exchange>(story.join()).size() == 1);
}

TEST_CASE("a truncated lease is finished at its new end") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  story.handle(event::LeaseTruncated{LeaseId{1}, 40});
  story.span(1, {.begin = 0, .end = 40});
  story.handle(event::Disconnected{});
  story.pass(seconds(5));

  CHECK(only<action::Join>(story.connect()).at(0).held.empty());
}

TEST_CASE("attempts to connect are spread in time, with longer and longer waits") {
  Story story;
  Duration longest{};
  for (int attempt = 0; attempt < 12; ++attempt) {
    story.handle(event::Disconnected{.random = ~std::uint64_t{0}});
    Duration wait = *story.core().wakeAt() - story.now();
    CHECK(wait >= longest);
    CHECK(wait >= kBackoffMin);
    CHECK(wait <= kBackoffMax);
    longest = wait;
    CHECK(story.pass(wait - milliseconds(1)).empty());
    CHECK(only<action::Connect>(story.pass(milliseconds(1))).size() == 1);
  }
  CHECK(longest > milliseconds(800));
}

TEST_CASE("the first attempt after a lost connection comes soon") {
  Story story;
  for (int attempt = 0; attempt < 12; ++attempt) {
    story.handle(event::Disconnected{.random = ~std::uint64_t{0}});
    story.pass(seconds(5));
  }
  story.join();

  story.handle(event::Disconnected{.random = ~std::uint64_t{0}});

  CHECK(*story.core().wakeAt() - story.now() <= milliseconds(100));
}

TEST_CASE("a worker without a scheduler exits after its death timeout") {
  Story story({.deathTimeout = seconds(60), .lifetime = {}});
  story.handle(event::Disconnected{});
  CHECK(only<action::Exit>(story.passAlone(seconds(59))).empty());

  auto exits = only<action::Exit>(story.passAlone(seconds(1)));

  REQUIRE(exits.size() == 1);
  CHECK(exits[0].reason == action::ExitReason::kNoScheduler);
  CHECK_FALSE(story.core().wakeAt());
}

TEST_CASE("the death timeout counts from the loss of the connection") {
  Story story({.deathTimeout = seconds(60), .lifetime = {}});
  story.join();
  CHECK(only<action::Exit>(story.pass(seconds(3600))).empty());

  story.handle(event::Disconnected{});
  CHECK(only<action::Exit>(story.passAlone(seconds(59))).empty());
  CHECK(only<action::Exit>(story.passAlone(seconds(1))).size() == 1);
}

TEST_CASE("a scheduler that is stopped for as long as the death timeout keeps its workers") {
  for (Duration stall = seconds(60); stall <= seconds(70); stall += milliseconds(500)) {
    CAPTURE(stall.count());
    Story story({.deathTimeout = seconds(60), .lifetime = {}});
    story.join();

    // The machine of a stopped scheduler accepts connections; each attempt times out after 5 s.
    std::optional<Instant> calledAt;
    for (Instant end = story.now() + stall; story.now() < end;) {
      Actions actions = story.pass(milliseconds(100));
      REQUIRE(only<action::Exit>(actions).empty());
      bool isLost = !only<action::Disconnect>(actions).empty();
      if (!only<action::Connect>(actions).empty()) calledAt = story.now();
      if (calledAt && story.now() - *calledAt >= seconds(5)) isLost = true;
      if (isLost) calledAt.reset();
      if (isLost) story.handle(event::Disconnected{.random = ~std::uint64_t{0}});
    }
    if (!calledAt) REQUIRE(only<action::Connect>(story.pass(seconds(1))).size() == 1);

    CHECK(only<action::Exchange>(story.join()).size() == 1);
  }
}

TEST_CASE("a draining worker exits as drained, even if its death timeout comes first") {
  Story story({.deathTimeout = seconds(2), .lifetime = {}});
  story.join();
  story.lend(1, kHundred);
  story.handle(event::Disconnected{});
  story.passAlone(milliseconds(1900));
  story.handle(event::DrainAsked{});
  story.span(1, {.begin = 0, .end = 20});
  story.handle(event::ComputingStopped{});

  auto exits = only<action::Exit>(story.passAlone(seconds(1)));

  REQUIRE(exits.size() == 1);
  CHECK(exits[0].reason == action::ExitReason::kDrained);
}

TEST_CASE("a worker drains by itself at the end of its lifetime") {
  Story story({.deathTimeout = {}, .lifetime = minutes(55)});
  story.join();
  story.lend(1, kHundred);

  CHECK(only<action::StopComputing>(story.pass(minutes(54))).empty());
  CHECK(only<action::StopComputing>(story.pass(minutes(1))).size() == 1);
}

TEST_CASE("a worker tells at each join how long it still computes") {
  Story story({.deathTimeout = {}, .lifetime = minutes(55)});
  CHECK(only<action::Join>(story.connect()).at(0).timeLeft == minutes(55));
  story.pass(minutes(5));
  story.handle(event::Disconnected{});
  story.passAlone(seconds(10));
  for (int attempts = 0; attempts < 100; ++attempts) {
    if (!only<action::Connect>(story.pass(milliseconds(100))).empty()) break;
  }
  std::optional<Duration> left = only<action::Join>(story.connect()).at(0).timeLeft;
  CHECK(left < minutes(50) - seconds(10));
  CHECK(left > minutes(49));

  CHECK_FALSE(only<action::Join>(Story().connect()).at(0).timeLeft);
}

TEST_CASE("a worker whose batch job ends at once exits without a call") {
  Story story({.deathTimeout = {}, .lifetime = {}, .killedAfter = seconds(1)});
  REQUIRE(story.core().wakeAt() == story.now());
  CHECK(only<action::StopComputing>(story.handle(event::Tick{})).size() == 1);
  CHECK(only<action::Exit>(story.handle(event::ComputingStopped{})).at(0).reason ==
        action::ExitReason::kDrained);
}

TEST_CASE("a worker that is told to drain while it joins leaves its scheduler in order") {
  Story story;
  story.connect();
  story.handle(event::DrainAsked{});
  CHECK(only<action::Exit>(story.handle(event::ComputingStopped{})).empty());

  Actions joined = story.handle(event::Joined{.policy = Story::policy()});

  CHECK(only<action::Leave>(joined).size() == 1);
  CHECK(only<action::Exchange>(joined).empty());
  CHECK(only<action::Exit>(story.handle(event::LeaveReceived{})).at(0).reason ==
        action::ExitReason::kDrained);
}

TEST_CASE("a draining worker reports its last tallies and exits when they are confirmed") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  CHECK(only<action::StopComputing>(story.handle(event::DrainAsked{})).size() == 1);
  story.span(1, {.begin = 0, .end = 10});
  story.span(1, {.begin = 10, .end = 20});

  Actions left = story.handle(event::ComputingStopped{});
  CHECK(only<action::Leave>(left).at(0).done == Tallies{spanOf(1, {.begin = 10, .end = 20})});
  CHECK(only<action::Exit>(left).empty());

  auto exits = only<action::Exit>(story.handle(event::LeaveReceived{}));
  REQUIRE(exits.size() == 1);
  CHECK(exits[0].reason == action::ExitReason::kDrained);
  CHECK(story.handle(event::DrainAsked{}).empty());
}

TEST_CASE("a worker that loses a device continues, and without any it reports, leaves and fails") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  CHECK(story.handle(event::DeviceLost{.threadsLeft = 2, .reason = "gpu:0 is lost"}).empty());
  story.span(1, {.begin = 0, .end = 10});

  Actions stopped = story.handle(event::DeviceLost{.threadsLeft = 0, .reason = "gpu:1 is lost"});
  CHECK(only<action::StopComputing>(stopped).size() == 1);
  story.handle(event::ComputingStopped{});
  auto exits = only<action::Exit>(story.handle(event::LeaveReceived{}));
  REQUIRE(exits.size() == 1);
  CHECK(exits[0].reason == action::ExitReason::kNoDevice);
}

TEST_CASE("a second request to drain changes nothing") {
  Story story;
  story.join();
  story.handle(event::DrainAsked{});
  CHECK(story.handle(event::DrainAsked{}).empty());

  CHECK(only<action::Leave>(story.handle(event::ComputingStopped{})).size() == 1);
  CHECK(story.handle(event::DrainAsked{}).empty());
}

TEST_CASE("a draining worker begins no lease and asks for none") {
  Story story;
  story.join();
  story.handle(event::DrainAsked{});

  Actions actions = story.lend(1, kHundred);

  CHECK(only<action::Compute>(actions).empty());
  CHECK(only<action::Exchange>(actions).empty());
  CHECK(only<action::Exchange>(story.handle(event::RunningLow{})).empty());
}

TEST_CASE("a draining worker exits even if the scheduler does not confirm") {
  Story story;
  story.join();
  story.handle(event::DrainAsked{});
  story.handle(event::ComputingStopped{});
  CHECK(only<action::Exit>(story.pass(milliseconds(1900))).empty());

  CHECK(only<action::Exit>(story.pass(milliseconds(100))).size() == 1);
}

TEST_CASE("a draining worker reports what is finished and leaves although a thread hangs") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  story.span(1, {.begin = 0, .end = 10});
  story.handle(event::DrainAsked{});
  story.span(1, {.begin = 10, .end = 20});
  CHECK(only<action::Leave>(story.pass(milliseconds(1900))).empty());

  CHECK(only<action::Leave>(story.pass(milliseconds(100))).at(0).done ==
        Tallies{spanOf(1, {.begin = 10, .end = 20})});

  CHECK(story.handle(event::ComputingStopped{}).empty());
  auto exits = only<action::Exit>(story.handle(event::LeaveReceived{}));
  REQUIRE(exits.size() == 1);
  CHECK(exits[0].reason == action::ExitReason::kDrained);
}

TEST_CASE("a draining worker whose threads hang exits without a scheduler, too") {
  Story story;
  story.handle(event::Disconnected{});
  story.handle(event::DrainAsked{});

  auto exits = only<action::Exit>(story.passAlone(seconds(3)));

  REQUIRE(exits.size() == 1);
  CHECK(exits[0].reason == action::ExitReason::kDrained);
}

TEST_CASE("a worker that has nothing to report and no connection exits at once when it drains") {
  Story story;
  story.handle(event::DrainAsked{});

  Actions actions = story.handle(event::ComputingStopped{});

  CHECK(only<action::Leave>(actions).empty());
  CHECK(only<action::Exit>(actions).at(0).reason == action::ExitReason::kDrained);
}

TEST_CASE("a short loss of the connection during a drain loses no tally") {
  Story story;
  story.join();
  story.lend(1, kHundred);
  story.handle(event::DrainAsked{});
  story.handle(event::Disconnected{});
  story.span(1, {.begin = 0, .end = 20});

  // The connection may be back after kBackoffMin; then the tally can be reported.
  CHECK(only<action::Exit>(story.handle(event::ComputingStopped{})).empty());
}

TEST_CASE("a draining worker without a connection tries to connect once more before it exits") {
  for (std::uint64_t share = 0; share <= 100; ++share) {
    CAPTURE(share);
    Story story;
    story.join();
    story.lend(1, kHundred);
    story.handle(event::Disconnected{});
    story.passAlone(seconds(10));
    story.handle(event::DrainAsked{});
    story.span(1, {.begin = 0, .end = 20});
    if (only<action::Connect>(story.pass(seconds(1))).size() == 1) {
      story.handle(event::Disconnected{.random = ~std::uint64_t{0} / 100 * share});
    }
    CHECK(only<action::Exit>(story.handle(event::ComputingStopped{})).empty());

    Actions last = story.passAlone(seconds(1));

    CHECK(only<action::Connect>(last).size() >= 1);
    CHECK(only<action::Exit>(last).size() == 1);
  }
}

TEST_CASE("a refused worker exits") {
  Story story;
  story.connect();

  auto exits = only<action::Exit>(story.handle(event::JoinRefused{}));

  REQUIRE(exits.size() == 1);
  CHECK(exits[0].reason == action::ExitReason::kRefused);
}

TEST_CASE("a worker without leases reports at every third heartbeat") {
  Story story;
  story.join();
  CHECK(*story.core().wakeAt() - story.now() == seconds(3));

  Actions actions = story.pass(seconds(3));
  REQUIRE(only<action::Report>(actions).size() == 1);
  CHECK(only<action::Report>(actions)[0].done.empty());

  story.handle(event::ReportReceived{});
  CHECK(only<action::Report>(story.pass(milliseconds(2999))).empty());
  CHECK(only<action::Report>(story.pass(milliseconds(1))).size() == 1);
}

TEST_CASE("a worker that holds a lease reports only progress") {
  Story story;
  story.join();
  story.lend(1, kHundred);

  Actions actions = story.pass(seconds(1));
  CHECK(only<action::CutSpan>(actions).size() == 1);
  CHECK(only<action::Report>(actions).empty());

  CHECK(only<action::Report>(story.span(1, {.begin = 0, .end = 5})).size() == 1);
}

TEST_CASE(
    "a peer that accepts the connection and does not answer is disconnected, and the worker "
    "reconnects") {
  Story story;  // Without a death timeout.
  story.handle(event::Reached{});
  CHECK(story.pass(seconds(14)).empty());

  CHECK(only<action::Disconnect>(story.pass(seconds(1))).size() == 1);

  story.handle(event::Disconnected{});
  CHECK(only<action::Connect>(story.pass(seconds(1))).size() == 1);
  CHECK(only<action::Exchange>(story.join()).size() == 1);
}

TEST_CASE("a heartbeat without an answer leads to a reconnect, not to another heartbeat") {
  Story story;
  story.join();
  story.pass(seconds(3));

  CHECK(story.pass(seconds(14)).empty());
  CHECK(only<action::Disconnect>(story.pass(seconds(2))).size() == 1);
}

}  // namespace
}  // namespace pi::worker
