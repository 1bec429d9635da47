#include "worker/core/worker.h"

#include <utility>
#include <variant>

#include "common/base/check.h"
#include "common/base/match.h"

namespace pi::worker {
namespace {

// A tick this late means that the process was suspended.
// Not in SECURITY.md: only the process itself can be late.
constexpr Duration kPauseMin = std::chrono::seconds(1);

// A worker without work reports at every third heartbeat only.  That is often enough: the scheduler
// would take it for silent much later.
constexpr int kIdleHeartbeats = 3;

void follow(const std::optional<WorkerPolicy>& policy, LowWater& lowWater, Duration& heartbeat) {
  if (!policy) return;
  lowWater.setPrefetch(policy->prefetch);
  heartbeat = policy->heartbeat;
}

}  // namespace

Worker::Worker(const Config& config, std::uint64_t samplesPerSecond, Instant now)
    : link_(config.deathTimeout, now),
      lowWater_(samplesPerSecond),
      departure_(config.lifetime, now, config.killedAfter),
      spokeAt_(now) {
  PI_CHECK(samplesPerSecond > 0);
}

Actions Worker::start() {
  link_.connect();
  return {action::Connect{}};
}

Actions Worker::handle(const Event& event, Instant now) {
  if (hasExited_) return {};
  compensateForPause(now);
  std::visit(Match{
                 [&](const event::Reached&) { link_.reach(now); },
                 [&](const event::Connected&) { sayHello(now); },
                 [&](const event::Disconnected& disconnected) { noteLost(disconnected, now); },
                 [&](const event::Joined& joined) { noteJoined(joined, now); },
                 [&](const event::JoinRefused&) { exit(action::ExitReason::kRefused); },
                 [&](const event::LeasesLent& lent) { take(lent); },
                 [&](const event::ReportReceived& received) { noteReceived(received, now); },
                 [&](const event::LeaveReceived&) { exit(action::ExitReason::kDrained); },
                 [&](const event::SpanComputed& computed) { noteComputed(computed); },
                 [&](const event::RunningLow&) { wantsWork_ = true; },
                 [&](const event::LeaseTruncated& truncated) {
                   held_.truncate(truncated.lease, truncated.end);
                 },
                 [&](const event::ComputingStopped&) {
                   if (departure_.stage() == Departure::Stage::kStopping) leaveOrExit(now);
                 },
                 [&](const event::DeviceLost& loss) {
                   if (loss.threadsLeft > 0) return;
                   drained_ = action::ExitReason::kNoDevice;
                   drain(now);
                 },
                 [&](const event::DrainAsked&) { drain(now); },
                 [&](const event::Tick&) { keepTime(now); },
             },
             event);
  if (!hasExited_) speak(now);
  wantedAt_ = wakeAt();
  return std::exchange(actions_, {});
}

// Time in which this process did not run, for example because a batch system suspended it, is not
// time that the scheduler took.
void Worker::compensateForPause(Instant now) {
  if (!wantedAt_ || now - *wantedAt_ < kPauseMin) return;
  Duration pause = now - *wantedAt_;
  link_.compensateForPause(pause);
  departure_.compensateForPause(pause);
}

std::optional<Instant> Worker::wakeAt() const {
  if (hasExited_) return std::nullopt;
  return earliest(
      {heartbeatAt(), link_.retryAt(), departure_.deadline(), link_.answerBy(), deathAt()});
}

// A worker that drains ends soon by itself, and with success.
std::optional<Instant> Worker::deathAt() const {
  return departure_.isDraining() ? std::nullopt : link_.deathAt();
}

std::optional<Instant> Worker::heartbeatAt() const {
  if (!link_.isUp() || link_.isReporting() || departure_.isLeaving()) return std::nullopt;
  return spokeAt_ + heartbeat_ * (held_.empty() ? kIdleHeartbeats : 1);
}

// Says which leases this worker holds, and what may not be committed yet.
void Worker::sayHello(Instant now) {
  std::optional<Duration> took = link_.enter(now);
  if (!took) return;
  lowWater_.noteRoundTrip(*took);
  action::Join join{.lent = outbox_.leases(),
                    .held = held_.rests(),
                    .done = outbox_.sendAll(),
                    .timeLeft = departure_.timeLeft(now)};
  std::vector<Lease> held = held_.lent();
  join.lent.insert(join.lent.end(), held.begin(), held.end());
  actions_.push_back(std::move(join));
}

void Worker::noteLost(const event::Disconnected& disconnected, Instant now) {
  if (!link_.lose(disconnected, now)) return;
  if (departure_.isLeaving() && outbox_.isEmpty()) return exit(action::ExitReason::kDrained);
  departure_.goOffline(now);
}

void Worker::noteJoined(const event::Joined& joined, Instant now) {
  std::optional<Duration> took = link_.join(now);
  if (!took) return;
  lowWater_.noteRoundTrip(*took);
  follow(joined.policy, lowWater_, heartbeat_);
  spokeAt_ = now;
  if (joined.isStranger) outbox_.clear();
  outbox_.commit(joined.committed);
  for (LeaseId lease : joined.isStranger ? held_.ids() : joined.forget) {
    held_.drop(lease);
    actions_.push_back(action::DropLease{lease});
  }
  if (held_.empty()) wantsWork_ = true;
  if (departure_.isLeaving()) actions_.push_back(action::Leave{outbox_.send()});
}

void Worker::noteReceived(const event::ReportReceived& received, Instant now) {
  if (auto took = link_.finishReport(now)) lowWater_.noteRoundTrip(*took);
  follow(received.policy, lowWater_, heartbeat_);
  outbox_.commit(received.committed);
}

void Worker::noteComputed(const event::SpanComputed& computed) {
  if (const Lease* lease = held_.find(computed.tally.lease)) {
    lowWater_.noteSpan(*lease, computed.tally.tally.range.size(), computed.tally.busy);
  }
  if (auto run = held_.finish(computed.tally)) outbox_.add(*run);
}

void Worker::take(const event::LeasesLent& lent) {
  link_.finishExchange();
  follow(lent.policy, lowWater_, heartbeat_);
  outbox_.commit(lent.committed);
  for (const Lease& lease : lent.leases) {
    if (departure_.isDraining()) continue;  // The scheduler takes it back when this worker leaves.
    if (!held_.add(lease)) continue;        // The scheduler lent it twice, which is its bug.
    lowWater_.noteLent(lease);
    actions_.push_back(action::Compute{lease});
    wantsWork_ = false;
  }
}

void Worker::drain(Instant now) {
  if (departure_.isDraining()) return;
  departure_.stop(now);
  actions_.push_back(action::StopComputing{});
}

// Reports what is computed before the end, on a new connection if necessary.  A scheduler that lets
// this worker in just now would wait for it.
void Worker::leaveOrExit(Instant now) {
  bool isKnown = link_.isUp() || link_.isJoining();
  if (!isKnown && outbox_.isEmpty()) return exit(action::ExitReason::kDrained);
  departure_.leave(link_.isUp(), now);
  link_.hurry(now);  // The next attempt could be after the end otherwise.
  if (link_.isUp()) actions_.push_back(action::Leave{outbox_.send()});
}

// Does what is due.
void Worker::keepTime(Instant now) {
  auto isDue = [now](std::optional<Instant> time) { return time && now >= *time; };
  if (!departure_.isDraining() && departure_.isOverdue(now)) drain(now);
  if (isDue(deathAt())) return exit(action::ExitReason::kNoScheduler);
  if (departure_.isOverdue(now)) {
    return departure_.isLeaving() ? exit(action::ExitReason::kDrained) : leaveOrExit(now);
  }
  if (isDue(link_.retryAt())) {
    link_.connect();
    actions_.push_back(action::Connect{});
  }
  if (isDue(link_.answerBy())) {
    link_.giveUp();
    actions_.push_back(action::Disconnect{});
    return;
  }
  if (isDue(heartbeatAt())) beat(now);
}

// A worker that holds work sends nothing without progress: the scheduler has to notice when its
// threads hang.
void Worker::beat(Instant now) {
  if (held_.empty()) return report(now);
  spokeAt_ = now;
  actions_.push_back(action::CutSpan{});
}

// Sends what there is to send, if the scheduler can take it now.
void Worker::speak(Instant now) {
  if (!link_.isUp() || departure_.isLeaving()) return;
  if (auto mark = lowWater_.takeChange()) actions_.push_back(action::SetLowWater{*mark});
  if (wantsWork_ && !link_.isExchanging() && !departure_.isDraining()) {
    link_.startExchange();
    spokeAt_ = now;
    actions_.push_back(
        action::Exchange{.done = outbox_.send(), .roundTrip = lowWater_.roundTrip()});
  } else if (outbox_.hasUnsent() && !link_.isReporting()) {
    report(now);
  }
}

void Worker::report(Instant now) {
  link_.startReport(now);
  spokeAt_ = now;
  actions_.push_back(action::Report{outbox_.send()});
}

void Worker::exit(action::ExitReason reason) {
  hasExited_ = true;
  actions_.push_back(action::Exit{reason == action::ExitReason::kDrained ? drained_ : reason});
}

void Worker::checkInvariants() const {
  link_.checkInvariants();
  held_.checkInvariants();
  lowWater_.checkInvariants();
  outbox_.checkInvariants();
  departure_.checkInvariants();
}

}  // namespace pi::worker
