#include "tests/simulation/scheduler_process.h"

#include <algorithm>

#include "common/base/match.h"
#include "common/model/epoch.h"
#include "scheduler/limits.h"
#include "tests/simulation/describe.h"
#include "tests/simulation/lies.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/world.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;

// The longest time for a doubted tally: it waits for other work of the loop, and takes a time in
// proportion to its samples.
Duration recomputeMax(SampleRange range) {
  return milliseconds(10) + std::chrono::nanoseconds(10 * range.size());
}

}  // namespace

SchedulerProcess::SchedulerProcess(World& world)
    : world_(world),
      random_(world.plan.seed, Random::Purpose::kScheduler),
      history_(world.plan.config) {}

void SchedulerProcess::start() {
  ++life_;
  scheduler::Saved saved = world_.disk.open();
  epoch_ = saved.epoch;
  forgetUnlisted(saved.incarnations);
  workersNamed_ = 0;
  armed_.reset();
  core_ = std::make_unique<scheduler::Scheduler>(world_.plan.config, saved, world_.now());
  metrics_.emplace(saved.lastJob);
  core_->checkInvariants();
  std::string wrongHistory =
      history_.checkStart(saved, world_.disk.spoiled(), *core_, world_.now());
  if (!wrongHistory.empty()) world_.judge.fail(wrongHistory);
  stopping_ = Stopping::kNo;
  state_ = {};
  if (world_.trace.isOn()) {
    world_.trace.add(world_.now(), "scheduler",
                     "starts in epoch " + std::to_string(epoch_) + "  | " +
                         state_.changes(*core_, world_.now()));
  }
  world_.judge.checkRestart(*core_, world_.now());
  world_.clients.askAgain();
}

void SchedulerProcess::crash(Duration downtime) {
  if (core_ == nullptr) return;
  ++crashes_;
  if (world_.trace.isOn()) world_.trace.add(world_.now(), "scheduler", "crashes");
  end(downtime);
}

// Changes that were not committed are lost, and so is every message on its way.
void SchedulerProcess::end(Duration downtime) {
  ++life_;
  metricsBefore_ = metrics();
  leaseEndsBefore_ = leaseEnds();
  core_.reset();
  busyUntil_ = world_.now();
  for (const auto& worker : world_.workers) world_.network.breakConnection(*worker);
  world_.timeline.after(downtime, [this] { start(); });
}

void SchedulerProcess::pause(Duration length) {
  if (core_ == nullptr) return;
  busyUntil_ = world_.now() + length;
  metrics_->notePause();
}

scheduler::Metrics SchedulerProcess::metrics() const {
  scheduler::Metrics all = metricsBefore_;
  if (core_ != nullptr) add(all, core_->metrics());
  return all;
}

LeaseEnds SchedulerProcess::leaseEnds() const {
  LeaseEnds all = leaseEndsBefore_;
  if (core_ == nullptr) return all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] += core_->history().leases().endedAs(static_cast<LeaseOutcome>(i));
  }
  return all;
}

void SchedulerProcess::loseState(Duration downtime) {
  if (core_ == nullptr) return;
  history_.forgetEnds();
  world_.judge.forgetPromises(world_.allJobs());
  crash(downtime);
  world_.disk.wipe();
  tickets_.clear();
  world_.clients.forgetAnswers();
  for (const auto& worker : world_.workers) worker->becomeStranger();
}

void SchedulerProcess::restoreState(Duration downtime) {
  if (core_ == nullptr) return;
  history_.forgetEnds();
  world_.judge.forgetPromises(world_.allJobs());
  crash(downtime);
  world_.disk.restore();
  world_.clients.forgetAnswers();
}

// The identities and tickets of a scheduler whose state was lost are not valid, although its epoch
// may come again.
void SchedulerProcess::forgetUnlisted(
    const std::map<std::uint64_t, scheduler::Incarnation>& listed) {
  auto isUnlisted = [&](std::uint64_t epoch) {
    auto known = incarnations_.find(epoch);
    auto now = listed.find(epoch);
    return known != incarnations_.end() && (now == listed.end() || now->second != known->second);
  };
  std::erase_if(tickets_,
                [&](const auto& ticket) { return isUnlisted(epochOf(ticket.second.id)); });
  for (const auto& worker : world_.workers) {
    if (isUnlisted(epochOf(worker->id()))) worker->becomeStranger();
  }
  incarnations_ = listed;
}

// As the scheduler's shell does it, with its limits of time.
bool SchedulerProcess::stop(Stopping how, Duration downtime) {
  if (!isOpen() || world_.now() < busyUntil_) return false;
  stopping_ = how;
  downtime_ = downtime;
  if (how == Stopping::kWithWorkers) {
    world_.timeline.after(scheduler::kDismissTimeout, [this, life = life_] {
      if (life != life_) return;
      stopping_ = Stopping::kAlone;
      endWhenReady();
    });
    feed(scheduler::event::WorkersDismissed{});
  }
  world_.timeline.after(scheduler::kStopTimeout, [this, life = life_] {
    if (life == life_) crash(downtime_);
  });
  feed(scheduler::event::CommitWanted{});
  return true;
}

void SchedulerProcess::endWhenReady() {
  if (core_ == nullptr || !isStopping() || !core_->isCommitted()) return;
  auto isHere = [](const WorkerInfo& worker) {
    return worker.state != WorkerState::kAbsent && worker.state != WorkerState::kQuarantined;
  };
  bool areWorkersLeft = std::ranges::any_of(core_->workers(world_.now()), isHere);
  if (stopping_ == Stopping::kWithWorkers && areWorkersLeft) return;
  ++stops_;
  if (world_.trace.isOn()) world_.trace.add(world_.now(), "scheduler", "exits, all committed");
  world_.judge.noteOrderlyStop(core_->jobs(world_.now()));
  end(downtime_);
}

void SchedulerProcess::cancelNewestJob() {
  if (core_ == nullptr || core_->lastJob() == JobId{}) return;
  feed(scheduler::event::JobCancelled{core_->lastJob(), "the simulation cancels it"});
}

void SchedulerProcess::reprioritizeNewestJob(std::int32_t priority) {
  if (core_ == nullptr || core_->lastJob() == JobId{}) return;
  feed(scheduler::event::JobReprioritized{.job = core_->lastJob(), .priority = priority});
}

bool SchedulerProcess::accepts(const scheduler::Event& event) const {
  bool isWithWorkers = stopping_ == Stopping::kWithWorkers;
  const Match whileStopping{
      [](const scheduler::event::WorkerJoined&) { return false; },
      [&](const scheduler::event::WorkerLost&) { return isWithWorkers; },
      [&](const scheduler::event::WorkerLeft&) { return isWithWorkers; },
      [&](const scheduler::event::Exchanged&) { return isWithWorkers; },
      [&](const scheduler::event::Reported&) { return isWithWorkers; },
      [](const scheduler::event::LeaseTruncated&) { return true; },
      [](const scheduler::event::Recomputed&) { return true; },
      [&](const scheduler::event::JobSubmitted&) { return isWithWorkers; },
      [&](const scheduler::event::JobExtended&) { return isWithWorkers; },
      [&](const scheduler::event::JobReprioritized&) { return isWithWorkers; },
      [&](const scheduler::event::JobCancelled&) { return isWithWorkers; },
      [](const scheduler::event::WorkersDismissed&) { return true; },
      [](const scheduler::event::Committed&) { return true; },
      [](const scheduler::event::CommitFailed&) { return true; },
      [](const scheduler::event::CommitWanted&) { return true; },
      [](const scheduler::event::Tick&) { return true; },
  };
  return !isStopping() || std::visit(whileStopping, event);
}

void SchedulerProcess::feed(const scheduler::Event& event) {
  if (core_ == nullptr) return;
  if (world_.now() < busyUntil_) {
    world_.timeline.at(busyUntil_, [this, event, life = life_] {
      if (life == life_) feed(event);
    });
    return;
  }
  world_.counts.schedulerEvents.add(event);
  if (world_.trace.isOn()) world_.trace.begin(world_.now(), "scheduler", describe(event));
  std::uint64_t goals = core_->metrics().goalsRaised;
  scheduler::Actions actions = core_->handle(event, world_.now());
  if (world_.trace.isOn()) trace(actions);
  for (const scheduler::Action& action : actions) {
    world_.counts.schedulerActions.add(action);
    std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }
  core_->checkInvariants();
  std::string wrong = metrics_->check(event, actions, *core_);
  if (wrong.empty()) wrong = history_.check(*core_, world_.now());
  if (!wrong.empty()) world_.judge.fail(wrong);
  world_.judge.checkSeats(*core_, tickets_, world_.now());
  if (core_->metrics().goalsRaised > goals) crashAtGoal();
  arm();
  endWhenReady();
}

// The samples that led to the new goal may be committed before.
void SchedulerProcess::crashAtGoal() {
  if (!world_.chances.strikes(Fault::kCrashAtGoal, 0)) return;
  Random& random = world_.chances.randomOf(Fault::kCrashAtGoal, 0);
  Duration downtime = random.upTo(milliseconds(500));
  bool isAtOnce = random.chance(0.5);
  Duration delay = isAtOnce ? Duration{} : random.upTo(2 * world_.plan.config.commitPeriod);
  world_.timeline.after(delay, [this, downtime, life = life_] {
    if (life == life_) crash(downtime);
  });
}

void SchedulerProcess::trace(const scheduler::Actions& actions) {
  std::string text;
  for (const scheduler::Action& action : actions) text += "  => " + describe(action);
  std::string changes = state_.changes(*core_, world_.now());
  if (!changes.empty()) text += "  | " + changes;
  world_.trace.end(text);
}

void SchedulerProcess::arm() {
  std::optional<Instant> at = core_->wakeAt();
  if (!at || (armed_ && *armed_ <= *at)) return;
  armed_ = at;
  world_.timeline.at(*at, [this, at, life = life_] {
    if (life != life_ || armed_ != at) return;  // An earlier tick came instead.
    armed_.reset();
    feed(scheduler::event::Tick{});
  });
}

void SchedulerProcess::perform(const scheduler::action::Welcome& welcome) {
  worker::event::Joined joined{.policy = core_->policyOf(welcome.worker),
                               .forget = welcome.forget,
                               .committed = core_->committedOf(welcome.worker)};
  world_.network.toWorker(welcome.worker, [joined](WorkerProcess& to) { to.join(joined); });
}

void SchedulerProcess::perform(const scheduler::action::Lend& lend) {
  if (!lend.leases.empty()) checkThatItFits(lend.worker);
  for (const Lease& lease : lend.leases) {
    bool isNew = tickets_.emplace(std::pair(lend.worker, lease.id), lease).second;
    if (!isNew) world_.judge.fail("a lease's id was given out twice");
    std::optional<JobInfo> job = core_->job(lease.job, world_.now());
    if (job) world_.judge.checkLeaseEnd(lease, *job);
  }
  worker::event::LeasesLent lent{.leases = lend.leases,
                                 .committed = core_->committedOf(lend.worker),
                                 .policy = core_->policyOf(lend.worker)};
  world_.network.toWorker(lend.worker, [lent](WorkerProcess& to) { to.feed(lent); });
}

// A worker that gets a lease has at least the time that its last report takes.
void SchedulerProcess::checkThatItFits(WorkerId lentTo) {
  std::optional<WorkerInfo> worker = core_->worker(lentTo, world_.now());
  if (!worker || !worker->timeLeft) return;
  const scheduler::Config& config = world_.plan.config;
  if (*worker->timeLeft > config.heartbeat + config.commitPeriod) return;
  world_.judge.fail("a worker is lent work that it cannot report before it ends");
}

void SchedulerProcess::perform(const scheduler::action::Truncate& truncate) {
  world_.network.toWorker(truncate.worker,
                          [truncate](WorkerProcess& to) { to.truncate(truncate); });
}

void SchedulerProcess::perform(const scheduler::action::Drain& drain) {
  world_.network.toWorker(drain.worker,
                          [](WorkerProcess& to) { to.feed(worker::event::DrainAsked{}); });
}

// The shell frees the worker's place in its own tables; a story has none.
void SchedulerProcess::perform(const scheduler::action::ForgetWorker& /*forgotten*/) {}

void SchedulerProcess::perform(const scheduler::action::ReleaseWorker& released) {
  world_.network.toWorker(released.worker,
                          [](WorkerProcess& to) { to.feed(worker::event::LeaveReceived{}); });
}

void SchedulerProcess::perform(const scheduler::action::Quarantine& quarantine) {
  world_.judge.checkQuarantine(quarantine, world_.workers);
  world_.network.toWorker(quarantine.worker,
                          [](WorkerProcess& to) { to.feed(worker::event::JoinRefused{}); });
}

void SchedulerProcess::perform(const scheduler::action::AcceptJob& accepted) {
  world_.clients.note(accepted);
}

void SchedulerProcess::perform(const scheduler::action::AcceptExtension& accepted) {
  world_.clients.note(accepted);
}

void SchedulerProcess::perform(const scheduler::action::RefuseJob& refused) {
  world_.clients.note(refused);
}

void SchedulerProcess::perform(const scheduler::action::AnnounceEnd& end) {
  world_.judge.noteEnd(end.job);
  history_.checkEnd(end.job, *core_, world_.now(), world_.judge);
  world_.clients.note(end);
}

void SchedulerProcess::perform(const scheduler::action::Commit& commit) {
  world_.disk.commit(commit.changes);
}

// The shell writes it to the log.
void SchedulerProcess::perform(const scheduler::action::DropTally& /*dropped*/) {}

void SchedulerProcess::perform(const scheduler::action::Recompute& wanted) {
  if (wanted.range.size() > world_.plan.config.recheckSamplesMax) {
    world_.judge.fail("the scheduler is to compute too much itself");
  }
  world_.timeline.after(random_.upTo(recomputeMax(wanted.range)), [this, wanted, life = life_] {
    if (life != life_) return;
    feed(scheduler::event::Recomputed{
        .job = wanted.job, .range = wanted.range, .hits = oracleHits(wanted.stream, wanted.range)});
  });
}

// The shell writes it to the log.
void SchedulerProcess::perform(const scheduler::action::ConfirmTally& confirmed) {
  auto ticket = tickets_.find({confirmed.worker, confirmed.tally.lease});
  bool mayBeOutlier = ticket != tickets_.end() && ticket->second.stream.seed == kOutlierSeed;
  // Others are doubted because of what their worker, a cheat, has reported before.
  if (!mayBeOutlier) world_.judge.checkDoubt(confirmed.tally.job, confirmed.worker);
}

scheduler::event::WorkerJoined SchedulerProcess::admit(WorkerProcess& worker,
                                                       const worker::action::Join& join) {
  if (worker.id() == WorkerId{}) {
    worker.setId(workerIdOf(epoch_, ++workersNamed_));
  }
  scheduler::event::WorkerJoined joined{.worker = worker.id(),
                                        .profile = {},
                                        .lent = {},
                                        .held = join.held,
                                        .done = join.done,
                                        .timeLeft = join.timeLeft};
  const PlannedWorker& planned = world_.plan.workers[worker.index()];
  joined.profile.threads = planned.threads;
  joined.profile.cpuThreads = planned.limitsThreads ? planned.threads : 0;
  bool hasMeasured = worker.random.chance(0.8);
  joined.profile.samplesPerSecond = hasMeasured || worker.isCrawler() ? worker.claimedSpeed() : 0;
  if (worker.isStranger()) joined.done.clear();
  if (worker.isLiar() && world_.chances.strikes(Fault::kClaimLease, worker.index())) {
    claimForeignLease(world_, worker, joined);
  }
  for (const Lease& lease : join.lent) {
    auto ticket = tickets_.find({worker.id(), lease.id});
    if (ticket != tickets_.end() && ticket->second == lease) {
      joined.lent.push_back(lease);
    } else {
      std::erase_if(joined.done, [&](const LeaseTally& tally) { return tally.lease == lease.id; });
    }
  }
  return joined;
}

}  // namespace pi::simulation
