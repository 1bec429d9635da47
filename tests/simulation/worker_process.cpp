#include "tests/simulation/worker_process.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/describe.h"
#include "tests/simulation/lies.h"
#include "tests/simulation/world.h"
#include "worker/core/limits.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;

constexpr double kLateSpans = 0.2;  // How many spans the core learns of later.
constexpr Duration kSpanDelayMax = milliseconds(100);

}  // namespace

WorkerProcess::WorkerProcess(World& world, std::size_t index)
    : random(world.plan.seed, Random::Purpose::kWorker, index),
      world_(world),
      index_(index),
      core_(world.plan.workers[index].config, world.plan.workers[index].samplesPerSecond,
            world.now()),
      pool_(world.plan.workers[index].samplesPerSecond, world.plan.workers[index].sobolFactor,
            world.plan.workers[index].threads, world.plan.config.block),
      fullSpeed_(world.plan.workers[index].samplesPerSecond) {}

void WorkerProcess::start() {
  for (const worker::Action& action : core_.start()) {
    std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }
}

bool WorkerProcess::isPaused() const { return world_.now() < pausedUntil_; }

bool WorkerProcess::isHealthy() const {
  const worker::Config& config = world_.plan.workers[index_].config;
  bool isMortal = config.lifetime > Duration::zero() || config.killedAfter;
  return isAlive_ && !isMortal && !isStopping_ && !isLiar_ && !isHandicapped_;
}

void WorkerProcess::feed(const worker::Event& event) {
  if (!isAlive_) return;
  if (isPaused()) {
    world_.timeline.at(pausedUntil_, [this, event] { feed(event); });
    return;
  }
  world_.counts.workerEvents.add(event);
  if (const auto* loss = std::get_if<worker::event::DeviceLost>(&event)) {
    hasDevice_ = hasDevice_ && loss->threadsLeft > 0;
  }
  if (world_.trace.isOn()) {
    world_.trace.begin(world_.now(), "worker " + std::to_string(index_ + 1), describe(event));
  }
  worker::Actions actions = core_.handle(event, world_.now());
  if (world_.trace.isOn()) trace(actions);
  for (const worker::Action& action : actions) {
    world_.counts.workerActions.add(action);
    std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }
  core_.checkInvariants();
  arm();
}

void WorkerProcess::trace(const worker::Actions& actions) {
  std::string text;
  for (const worker::Action& action : actions) text += "  => " + describe(action);
  if (pool_.samplesOpen() != openTraced_) {
    text += "  | in hand: " + std::to_string(openTraced_) + " -> " +
            std::to_string(pool_.samplesOpen()) + " samples";
    openTraced_ = pool_.samplesOpen();
  }
  world_.trace.end(text);
}

void WorkerProcess::arm() {
  std::optional<Instant> at = core_.wakeAt();
  if (!at || (armed_ && *armed_ <= *at)) return;
  armed_ = at;
  world_.timeline.at(*at, [this, at] {
    if (armed_ != at) return;  // An earlier tick came instead.
    armed_.reset();
    feed(worker::event::Tick{});
  });
}

void WorkerProcess::step() {
  if (isStepping_ || !isAlive_ || pool_.isIdle()) return;
  isStepping_ = true;
  steppedAt_ = world_.now();
  world_.timeline.after(milliseconds(1) + random.upTo(world_.plan.stepMax), [this] {
    isStepping_ = false;
    if (!isAlive_) return;
    std::vector<LeaseTally> finished;
    if (!isPaused()) pool_.advance(world_.now() - steppedAt_, finished);
    emit(finished);
    step();
  });
}

// Threads finish what they hold at different times.  The real pool posts no span of a lease that
// was dropped meanwhile; after a lost state directory another lease may have its number.
void WorkerProcess::emit(const std::vector<LeaseTally>& finished) {
  for (const LeaseTally& span : finished) {
    ++spansUnderway_;
    Duration delay = random.chance(kLateSpans) ? random.upTo(kSpanDelayMax) : Duration(0);
    world_.timeline.after(delay, [this, span, drops = drops_[span.lease]] {
      --spansUnderway_;
      if (drops == drops_[span.lease]) feed(worker::event::SpanComputed{span});
      if (isStopping_ && spansUnderway_ == 0) feed(worker::event::ComputingStopped{});
    });
  }
  if (pool_.takeRunningLow()) feed(worker::event::RunningLow{});
}

void WorkerProcess::truncate(const scheduler::action::Truncate& asked) {
  if (isPaused()) {  // It answers when it continues.
    world_.timeline.at(pausedUntil_, [this, asked, number = link.number] {
      if (number == link.number && isAlive_) truncate(asked);
    });
    return;
  }
  if (isCrawler_) return;
  std::vector<LeaseTally> finished;
  std::uint64_t end = pool_.truncate(asked.lease, asked.end, finished);
  emit(finished);
  if (end != kSamplesEnd) feed(worker::event::LeaseTruncated{asked.lease, end});
  world_.network.toScheduler(*this, scheduler::event::LeaseTruncated{id_, asked.lease, end},
                             Network::Answer::kNone);
}

void WorkerProcess::join(const worker::event::Joined& joined) {
  worker::event::Joined known = joined;
  known.isStranger = std::exchange(isStranger_, false);
  feed(known);
}

void WorkerProcess::kill() {
  isAlive_ = false;
  world_.network.breakConnection(*this);
}

void WorkerProcess::endBatchJob() {
  if (!isAlive_) return;
  if (world_.trace.isOn()) {
    world_.trace.add(world_.now(), "worker " + std::to_string(index_ + 1), "its batch job ends");
  }
  const PlannedWorker& planned = world_.plan.workers[index_];
  bool hadTime = planned.killedAfter >= worker::kStopMax + worker::kLeaveMax;
  bool couldLeave = hadTime && !isEndedEarly(planned) && !isHandicapped_;
  if (couldLeave) world_.judge.fail("a worker had not left when its batch job ended");
  kill();
}

void WorkerProcess::pause(Duration length) {
  isHandicapped_ = true;
  pausedUntil_ = world_.now() + length;
}

void WorkerProcess::slowDown(std::uint64_t timesSlower) {
  isHandicapped_ = true;
  pool_.setSpeed(std::max<std::uint64_t>(1, fullSpeed_ / timesSlower));
}

void WorkerProcess::crawl(std::uint64_t samplesPerSecond) {
  isCrawler_ = isHandicapped_ = true;
  pool_.setSpeed(samplesPerSecond);
  world_.network.breakConnection(*this);
}

void WorkerProcess::loseDevice(std::uint64_t timesSlower) {
  pool_.beginAgain();
  if (timesSlower > 0) slowDown(timesSlower);
  feed(worker::event::DeviceLost{.threadsLeft = timesSlower > 0 ? std::size_t{1} : 0,
                                 .reason = "the GPU is lost"});
}

void WorkerProcess::turnCheat(Cheat cheat) {
  isLiar_ = true;
  cheat_ = cheat;
}

std::vector<LeaseTally> WorkerProcess::asReported(std::vector<LeaseTally> done) {
  if (cheat_ != Cheat::kNone) falsifyHits(world_, *this, done);
  return done;
}

void WorkerProcess::becomeStranger() {
  if (id_ != WorkerId{}) isStranger_ = true;
  id_ = {};
  history_.clear();
}

void WorkerProcess::perform(const worker::action::Connect& /*connect*/) {
  world_.network.connect(*this);
}

void WorkerProcess::perform(const worker::action::Disconnect& /*disconnect*/) {
  world_.network.hangUp(*this);
}

void WorkerProcess::perform(const worker::action::Join& join) {
  worker::action::Join told = join;
  told.done = asReported(join.done);
  world_.network.toScheduler(*this, world_.scheduler.admit(*this, told), Network::Answer::kNone);
}

void WorkerProcess::perform(const worker::action::Exchange& exchange) {
  std::vector<LeaseTally> done = asReported(exchange.done);
  history_.insert(history_.end(), done.begin(), done.end());
  world_.network.toScheduler(
      *this,
      scheduler::event::Exchanged{
          .worker = id_, .done = std::move(done), .roundTrip = exchange.roundTrip},
      Network::Answer::kNone);
}

void WorkerProcess::perform(const worker::action::Report& report) {
  std::vector<LeaseTally> done = asReported(report.done);
  history_.insert(history_.end(), done.begin(), done.end());
  world_.network.toScheduler(*this,
                             scheduler::event::Reported{.worker = id_, .done = std::move(done)},
                             Network::Answer::kReceipt);
  if (world_.chances.strikes(Fault::kReplayTally, index_)) replayTally(world_, *this);
  if (isLiar_ && world_.chances.strikes(Fault::kLieAgain, index_)) {
    tellLie(world_, *this, world_.chances.randomOf(Fault::kLieAgain, index_));
  }
}

void WorkerProcess::perform(const worker::action::Leave& leave) {
  world_.network.toScheduler(
      *this, scheduler::event::WorkerLeft{.worker = id_, .done = asReported(leave.done)},
      Network::Answer::kNone);
}

void WorkerProcess::perform(const worker::action::Compute& compute) {
  pool_.compute(compute.lease);
  step();
}

void WorkerProcess::perform(const worker::action::SetLowWater& low) {
  pool_.setLowWater(low.samples);
}

void WorkerProcess::perform(const worker::action::CutSpan& /*cut*/) {
  std::vector<LeaseTally> finished;
  pool_.cut(finished);
  emit(finished);
}

void WorkerProcess::perform(const worker::action::DropLease& drop) {
  ++drops_[drop.lease];
  pool_.drop(drop.lease);
  emit({});
}

void WorkerProcess::perform(const worker::action::StopComputing& /*stop*/) {
  std::vector<LeaseTally> finished;
  pool_.cut(finished);
  pool_.stop();
  isStopping_ = true;
  emit(finished);
  if (spansUnderway_ > 0) return;
  world_.timeline.after(Duration(0), [this] { feed(worker::event::ComputingStopped{}); });
}

void WorkerProcess::perform(const worker::action::Exit& exit) {
  bool hasGivenUp = exit.reason == worker::action::ExitReason::kNoScheduler;
  if (hasGivenUp && isStopping_) world_.judge.fail("a worker that drains gave up");
  bool hasFailed = exit.reason == worker::action::ExitReason::kNoDevice;
  bool isRefused = exit.reason == worker::action::ExitReason::kRefused;
  if (hasFailed == hasDevice_ && isStopping_ && !isRefused) {
    world_.judge.fail("a worker's exit code does not tell whether it had a device");
  }
  kill();
}

}  // namespace pi::simulation
