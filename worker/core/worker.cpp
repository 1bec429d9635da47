#include "worker/core/worker.h"

#include <algorithm>
#include <utility>

#include "common/base/backoff.h"
#include "common/base/check.h"

namespace pi::worker {
namespace {

// A scheduler that does not confirm the last tallies in this time does not keep a worker alive: the
// batch system may be about to kill it.
constexpr Duration kLeaveMax = std::chrono::seconds(2);
constexpr Duration kLeaveMaxAlone = std::chrono::milliseconds(500);  // While it is not there.

// A thread that hangs does not keep a worker from draining.
constexpr Duration kStopMax = std::chrono::seconds(2);

// A stopped scheduler's machine still acknowledges: only a missing answer tells.
constexpr Duration kAnswerMax = std::chrono::seconds(15);

// A tick that is so late was not late for want of a processor.
constexpr Duration kStallMin = std::chrono::seconds(1);

// A worker without work has less to say; still often enough not to be taken for silent.
constexpr int kIdleHeartbeats = 3;

}  // namespace

Worker::Worker(const Config& config, std::uint64_t samplesPerSecond, Instant now)
    : config_(config), samplesPerSecond_(samplesPerSecond), downSince_(now), spokeAt_(now) {
  PI_CHECK(samplesPerSecond > 0);
  if (config.lifetime > Duration::zero()) drainAt_ = now + config.lifetime;
}

Actions Worker::start() {
  link_ = Link::kConnecting;
  return {action::Connect{}};
}

Actions Worker::handle(const Event& event, Instant now) {
  if (hasExited_) return {};
  forgiveOwnStall(now);
  std::visit([this, now](const auto& happened) { on(happened, now); }, event);
  if (!hasExited_) speak(now);
  wantedAt_ = wakeAt();
  return std::exchange(actions_, {});
}

// Time during which this process itself did not run, suspended by a batch system, say, is no time
// that the scheduler took.
void Worker::forgiveOwnStall(Instant now) {
  if (!wantedAt_ || now - *wantedAt_ < kStallMin) return;
  Duration stall = now - *wantedAt_;
  askedAt_ += stall;
  downSince_ += stall;
  if (stopBy_) *stopBy_ += stall;
  if (leaveBy_) *leaveBy_ += stall;
}

std::optional<Instant> Worker::wakeAt() const {
  if (hasExited_) return std::nullopt;
  return earliest({heartbeatAt(), retryAt_, drainAt_, stopBy_, leaveBy_, answerBy(), deathAt()});
}

// A worker that drains ends by itself, and well.
std::optional<Instant> Worker::deathAt() const {
  bool isNever = config_.deathTimeout == Duration::zero();
  if (link_ == Link::kUp || isDraining_ || isNever) return std::nullopt;
  return downSince_ + config_.deathTimeout;
}

std::optional<Instant> Worker::heartbeatAt() const {
  if (link_ != Link::kUp || isReporting_ || leaveBy_) return std::nullopt;
  return spokeAt_ + heartbeat_ * (held_.empty() ? kIdleHeartbeats : 1);
}

// No longer than one would wait for a scheduler that is gone.
std::optional<Instant> Worker::answerBy() const {
  bool isAsking = link_ == Link::kEntering || link_ == Link::kJoining || isReporting_;
  if (isGivingUp_ || !isAsking) return std::nullopt;
  bool isImpatient = config_.deathTimeout > Duration::zero();
  return askedAt_ + (isImpatient ? std::min(kAnswerMax, config_.deathTimeout) : kAnswerMax);
}

// From here on whoever is there may take the call, and say nothing; before, calling has its own
// limits.
void Worker::on(const event::Reached& /*reached*/, Instant now) {
  if (link_ != Link::kConnecting) return;
  link_ = Link::kEntering;
  askedAt_ = now;
}

void Worker::on(const event::Connected& /*connected*/, Instant now) {
  if (link_ != Link::kEntering) return;
  link_ = Link::kJoining;
  askedAt_ = now;
  action::Join join{.lent = outbox_.leases(), .held = {}, .done = outbox_.sendAll()};
  for (const auto& [id, holding] : held_) {
    join.lent.push_back(holding.lent());
    join.held.push_back(holding.rest());
  }
  actions_.push_back(std::move(join));
}

void Worker::on(const event::Disconnected& disconnected, Instant now) {
  if (link_ == Link::kDown) return;
  if (link_ == Link::kUp) {
    downSince_ = now;  // Its silence before may have been a stall that is over soon.
    attemptsFailed_ = 0;
  }
  link_ = Link::kDown;
  isExchanging_ = isReporting_ = isGivingUp_ = false;
  if (leaveBy_ && outbox_.isEmpty()) return exit(action::ExitReason::kDrained);
  if (leaveBy_) leaveBy_ = std::min(*leaveBy_, now + kLeaveMaxAlone);
  constexpr double kRandomEnd = 18446744073709551616.0;
  retryAt_ =
      now + backoff(attemptsFailed_++, static_cast<double>(disconnected.random) / kRandomEnd);
}

void Worker::on(const event::Joined& joined, Instant now) {
  if (link_ != Link::kJoining) return;
  link_ = Link::kUp;
  heartbeat_ = joined.heartbeat;
  spokeAt_ = now;
  if (joined.isStranger) outbox_.clear();
  outbox_.commit(joined.committed);
  for (LeaseId lease : joined.isStranger ? leasesHeld() : joined.forget) {
    held_.erase(lease);
    actions_.push_back(action::DropLease{lease});
  }
  auto lowWater = seconds(joined.prefetch) * static_cast<double>(samplesPerSecond_);
  actions_.push_back(action::SetLowWater{static_cast<std::uint64_t>(lowWater)});
  if (held_.empty()) wantsWork_ = true;
  if (leaveBy_) actions_.push_back(action::Leave{outbox_.send()});
}

std::vector<LeaseId> Worker::leasesHeld() const {
  std::vector<LeaseId> leases;
  for (const auto& [id, holding] : held_) leases.push_back(id);
  return leases;
}

void Worker::on(const event::JoinRefused& /*refused*/, Instant /*now*/) {
  exit(action::ExitReason::kRefused);
}

void Worker::on(const event::LeasesLent& lent, Instant /*now*/) {
  isExchanging_ = false;
  outbox_.commit(lent.committed);
  for (const Lease& lease : lent.leases) {
    if (isDraining_) continue;                                      // Leaving gives it back.
    if (!held_.emplace(lease.id, Holding(lease)).second) continue;  // The scheduler errs.
    actions_.push_back(action::Compute{lease});
    wantsWork_ = false;
  }
}

void Worker::on(const event::ReportReceived& received, Instant /*now*/) {
  isReporting_ = false;
  outbox_.commit(received.committed);
}

void Worker::on(const event::LeaveReceived& /*received*/, Instant /*now*/) {
  exit(action::ExitReason::kDrained);
}

void Worker::on(const event::SpanComputed& computed, Instant /*now*/) {
  auto holding = held_.find(computed.tally.lease);
  if (holding == held_.end()) return;  // It was dropped meanwhile.
  holding->second.add(computed.tally);
  if (auto prefix = holding->second.takePrefix()) outbox_.add(*prefix, holding->second.lent());
  if (holding->second.isFinished()) held_.erase(holding);
}

void Worker::on(const event::RunningLow& /*low*/, Instant /*now*/) { wantsWork_ = true; }

void Worker::on(const event::LeaseTruncated& truncated, Instant /*now*/) {
  auto holding = held_.find(truncated.lease);
  if (holding == held_.end()) return;
  holding->second.truncate(truncated.end);
  if (holding->second.isFinished()) held_.erase(holding);
}

void Worker::on(const event::DrainAsked& /*asked*/, Instant now) {
  if (isDraining_) return;
  isDraining_ = true;
  stopBy_ = now + kStopMax;
  drainAt_.reset();
  actions_.push_back(action::StopComputing{});
}

void Worker::on(const event::ComputingStopped& /*stopped*/, Instant now) {
  if (stopBy_) leaveOrExit(now);
}

// What is finished is handed in before the end, if need be on a new connection.
void Worker::leaveOrExit(Instant now) {
  stopBy_.reset();
  if (link_ != Link::kUp && outbox_.isEmpty()) return exit(action::ExitReason::kDrained);
  leaveBy_ = now + (link_ == Link::kUp ? kLeaveMax : kLeaveMaxAlone);
  attemptsFailed_ = 0;
  if (retryAt_) retryAt_ = now;  // The next attempt may be further off than the end.
  if (link_ != Link::kUp) return;
  actions_.push_back(action::Leave{outbox_.send()});
}

void Worker::on(const event::Tick& /*tick*/, Instant now) {
  if (drainAt_ && now >= *drainAt_) on(event::DrainAsked{}, now);
  if (std::optional<Instant> death = deathAt(); death && now >= *death) {
    return exit(action::ExitReason::kNoScheduler);
  }
  if (stopBy_ && now >= *stopBy_) return leaveOrExit(now);
  if (leaveBy_ && now >= *leaveBy_) return exit(action::ExitReason::kDrained);
  if (retryAt_ && now >= *retryAt_) {
    retryAt_.reset();
    link_ = Link::kConnecting;
    actions_.push_back(action::Connect{});
  }
  if (std::optional<Instant> by = answerBy(); by && now >= *by) {
    isGivingUp_ = true;
    actions_.push_back(action::Disconnect{});
    return;
  }
  std::optional<Instant> heartbeat = heartbeatAt();
  if (!heartbeat || now < *heartbeat) return;
  spokeAt_ = now;
  if (held_.empty()) {
    isReporting_ = true;
    askedAt_ = now;
    actions_.push_back(action::Report{outbox_.send()});
  } else {
    // No word without progress: a worker whose threads hang is as good as silent.
    actions_.push_back(action::CutSpan{});
  }
}

// Whatever is to be said and can be.
void Worker::speak(Instant now) {
  if (link_ != Link::kUp || leaveBy_) return;
  if (wantsWork_ && !isExchanging_ && !isDraining_) {
    isExchanging_ = true;
    spokeAt_ = now;
    actions_.push_back(action::Exchange{outbox_.send()});
  } else if (outbox_.hasUnsent() && !isReporting_) {
    isReporting_ = true;
    askedAt_ = now;
    spokeAt_ = now;
    actions_.push_back(action::Report{outbox_.send()});
  }
}

void Worker::exit(action::ExitReason reason) {
  hasExited_ = true;
  actions_.push_back(action::Exit{reason});
}

void Worker::checkInvariants() const {
  PI_CHECK(!isExchanging_ || link_ == Link::kUp);
  PI_CHECK(!isReporting_ || link_ == Link::kUp);
  PI_CHECK((link_ == Link::kDown) == retryAt_.has_value() || hasExited_);
  for (const auto& [id, holding] : held_) {
    PI_CHECK(holding.lent().id == id);
    PI_CHECK(!holding.isFinished());
  }
}

}  // namespace pi::worker
