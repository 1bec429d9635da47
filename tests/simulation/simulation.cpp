#include "tests/simulation/simulation.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/oracle.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kStepsMax = 100'000;
constexpr Duration kFaultsEnd = seconds(20);

scheduler::Config drawConfig(std::uint64_t seed) {
  std::mt19937_64 random(seed ^ 0x5EED);
  scheduler::Config config;
  config.blockSamples = std::uint64_t{1} << (random() % 12);
  config.lease.target = milliseconds(std::uint64_t{1} << (random() % 10));
  config.silenceTimeout = milliseconds(3000 + random() % 12000);
  config.reconnectGrace = milliseconds(random() % 5000);
  config.finishedJobsMax = 100;
  return config;
}

}  // namespace

struct Simulation::Node {
  worker::Worker core;
  FakePool pool;
  std::uint64_t fullSpeed = 1;
  WorkerId id{};                 // As the scheduler gave it; zero before the first join.
  std::uint64_t connection = 0;  // Counts up; what belongs to an older one is lost.
  bool isConnected = false;
  bool isAlive = true;
  Instant pausedUntil{};  // SIGSTOP.
  bool isMuted = false;   // The network swallows what both sides say.
  Instant upstreamAt{};   // When the last message each way arrives: order is kept.
  Instant downstreamAt{};
  std::optional<Instant> armed{};
  bool isStepping = false;
  Instant steppedAt{};
  bool isStopping = false;
  std::uint64_t spansUnderway = 0;
};

struct Simulation::Pending {
  Instant at;
  std::uint64_t order = 0;
  std::function<void()> happens;
};

bool Simulation::Later::operator()(const Pending& a, const Pending& b) const {
  return a.at != b.at ? a.at > b.at : a.order > b.order;
}

Simulation::Simulation(std::uint64_t seed, Faults faults)
    : random_(seed),
      pending_(std::make_unique<std::priority_queue<Pending, std::vector<Pending>, Later>>()),
      scheduler_(drawConfig(seed)),
      isCalm_(faults == Faults::kNone),
      heartbeat_(milliseconds(10 + random(1000))) {}

Simulation::~Simulation() = default;

Outcome Simulation::run() {
  std::uint64_t workers = 1 + random(5);
  for (std::uint64_t i = 0; i < workers; ++i) start(1000 + random(1'000'000), drawLifetime());
  jobsToSubmit_ = 1 + random(4);
  submit();
  if (!isCalm_) planFaults();

  Outcome outcome;
  while (!pending_->empty() && outcome.steps < kStepsMax && !allOver()) {
    Pending next = pending_->top();
    pending_->pop();
    now_ = std::max(now_, next.at);
    next.happens();
    ++outcome.steps;
  }
  outcome.allJobsOver = allOver();
  outcome.jobs = scheduler_.jobs(now_);
  outcome.workers = scheduler_.workers(now_);
  outcome.elapsed = now_.time_since_epoch();
  for (const auto& node : nodes_) outcome.samplesComputed += node->pool.samplesComputed();
  checkResults(outcome);
  return outcome;
}

void Simulation::after(Duration delay, std::function<void()> happens) {
  pending_->push({.at = now_ + delay, .order = ++order_, .happens = std::move(happens)});
}

std::uint64_t Simulation::random(std::uint64_t end) { return random_() % end; }

Duration Simulation::randomDelay(Duration most) {
  return Duration(static_cast<Duration::rep>(random(static_cast<std::uint64_t>(most.count()) + 1)));
}

bool Simulation::chance(double probability) {
  return static_cast<double>(random(1'000'000)) < probability * 1e6;
}

Duration Simulation::drawLifetime() {
  return chance(isCalm_ ? 0 : 0.1) ? randomDelay(seconds(20)) : Duration::zero();
}

// ---- workers ----

Simulation::Node& Simulation::start(std::uint64_t samplesPerSecond, Duration lifetime) {
  worker::Config config{.deathTimeout = Duration::zero(), .lifetime = lifetime};
  nodes_.push_back(
      std::make_unique<Node>(Node{.core = worker::Worker(config, samplesPerSecond, now_),
                                  .pool = FakePool(samplesPerSecond),
                                  .fullSpeed = samplesPerSecond}));
  Node& node = *nodes_.back();
  perform(node, node.core.start());
  return node;
}

void Simulation::feed(Node& node, const worker::Event& event) {
  if (!node.isAlive) return;
  if (now_ < node.pausedUntil) {
    after(node.pausedUntil - now_, [this, &node, event] { feed(node, event); });
    return;
  }
  perform(node, node.core.handle(event, now_));
  node.core.checkInvariants();
  arm(node);
}

void Simulation::arm(Node& node) {
  std::optional<Instant> at = node.core.wakeAt();
  if (!at || (node.armed && *node.armed <= *at)) return;
  node.armed = at;
  after(std::max(*at - now_, Duration(0)), [this, &node] {
    node.armed.reset();
    feed(node, worker::event::Tick{});
  });
}

void Simulation::step(Node& node) {
  if (node.isStepping || !node.isAlive || node.pool.isIdle()) return;
  node.isStepping = true;
  node.steppedAt = now_;
  after(milliseconds(1) + randomDelay(milliseconds(50)), [this, &node] {
    node.isStepping = false;
    if (!node.isAlive) return;
    std::vector<LeaseTally> finished;
    if (now_ >= node.pausedUntil) node.pool.advance(now_ - node.steppedAt, finished);
    emit(node, std::move(finished));
    step(node);
  });
}

// Threads finish what they hold at different times.
void Simulation::emit(Node& node, std::vector<LeaseTally> finished) {
  for (const LeaseTally& span : finished) {
    ++node.spansUnderway;
    after(chance(0.2) ? randomDelay(milliseconds(100)) : Duration(0), [this, &node, span] {
      --node.spansUnderway;
      feed(node, worker::event::SpanComputed{span});
      if (node.isStopping && node.spansUnderway == 0) {
        feed(node, worker::event::ComputingStopped{});
      }
    });
  }
  if (node.pool.takeRunningLow()) feed(node, worker::event::RunningLow{});
}

void Simulation::connect(Node& node) {
  std::uint64_t connection = ++node.connection;
  after(randomDelay(milliseconds(20)), [this, &node, connection] {
    if (connection != node.connection) return;
    if (chance(isCalm_ ? 0 : 0.2)) {
      feed(node, worker::event::Disconnected{.random = random_()});
      return;
    }
    node.isConnected = true;
    feed(node, worker::event::Connected{});
  });
}

void Simulation::perform(Node& node, const worker::Actions& actions) {
  for (const worker::Action& action : actions) {
    if (std::holds_alternative<worker::action::Connect>(action)) {
      connect(node);
    } else if (std::holds_alternative<worker::action::Disconnect>(action)) {
      breakConnection(node);
    } else if (const auto* join = std::get_if<worker::action::Join>(&action)) {
      if (node.id == WorkerId{}) node.id = WorkerId{++workerIds_};
      WorkerProfile profile;
      profile.threads = 1;
      profile.samplesPerSecond = chance(0.8) ? node.fullSpeed : 0;
      toScheduler(
          node, scheduler::event::WorkerJoined{
                    .worker = node.id, .profile = profile, .held = join->held, .done = join->done});
    } else if (const auto* exchange = std::get_if<worker::action::Exchange>(&action)) {
      toScheduler(node, scheduler::event::Exchanged{.worker = node.id, .done = exchange->done});
      history_.insert(history_.end(), exchange->done.begin(), exchange->done.end());
    } else if (const auto* report = std::get_if<worker::action::Report>(&action)) {
      for (const LeaseTally& tally : report->done) history_.push_back(tally);
      toScheduler(node, scheduler::event::Reported{.worker = node.id, .done = report->done},
                  worker::event::ReportReceived{});
      if (chance(isCalm_ ? 0 : 0.02)) replayOldTally(node);
    } else if (const auto* leave = std::get_if<worker::action::Leave>(&action)) {
      toScheduler(node, scheduler::event::WorkerLeft{.worker = node.id, .done = leave->done},
                  worker::event::LeaveReceived{});
    } else if (const auto* compute = std::get_if<worker::action::Compute>(&action)) {
      node.pool.compute(compute->lease);
      step(node);
    } else if (const auto* low = std::get_if<worker::action::SetLowWater>(&action)) {
      node.pool.setLowWater(low->samples);
    } else if (std::holds_alternative<worker::action::CutSpan>(action)) {
      std::vector<LeaseTally> finished;
      node.pool.cut(finished);
      emit(node, std::move(finished));
    } else if (const auto* drop = std::get_if<worker::action::DropLease>(&action)) {
      node.pool.drop(drop->lease);
      emit(node, {});
    } else if (std::holds_alternative<worker::action::StopComputing>(action)) {
      std::vector<LeaseTally> finished;
      node.pool.cut(finished);
      node.pool.stop();
      node.isStopping = true;
      emit(node, std::move(finished));
      if (node.spansUnderway == 0) {
        after(Duration(0), [this, &node] { feed(node, worker::event::ComputingStopped{}); });
      }
    } else if (std::holds_alternative<worker::action::Exit>(action)) {
      node.isAlive = false;
      breakConnection(node);
    }
  }
}

// ---- network ----

void Simulation::toScheduler(Node& node, const scheduler::Event& event,
                             std::optional<worker::Event> answer) {
  if (!node.isConnected || node.isMuted) return;
  node.upstreamAt = std::max(node.upstreamAt, now_ + randomDelay(milliseconds(5)));
  after(node.upstreamAt - now_, [this, &node, event, answer, connection = node.connection] {
    if (connection == node.connection && node.isConnected) deliver(node, event, answer);
  });
}

void Simulation::deliver(Node& node, const scheduler::Event& event,
                         std::optional<worker::Event> answer) {
  if (now_ < schedulerBusyUntil_) {
    after(schedulerBusyUntil_ - now_,
          [this, &node, event, answer] { deliver(node, event, answer); });
    return;
  }
  feedScheduler(event);
  if (answer) send(node, [this, answer](Node& to) { feed(to, *answer); });
}

void Simulation::toWorker(WorkerId worker, const std::function<void(Node&)>& arrive) {
  for (const auto& node : nodes_) {
    if (node->id == worker) send(*node, arrive);
  }
}

void Simulation::send(Node& node, const std::function<void(Node&)>& arrive) {
  if (!node.isConnected || node.isMuted) return;
  node.downstreamAt = std::max(node.downstreamAt, now_ + randomDelay(milliseconds(5)));
  after(node.downstreamAt - now_, [&node, arrive, connection = node.connection] {
    if (connection == node.connection && node.isConnected && node.isAlive) arrive(node);
  });
}

// Both ends notice, each in its own time; what is under way is lost.
void Simulation::breakConnection(Node& node) {
  if (!node.isConnected) return;
  node.isConnected = false;
  node.isMuted = false;
  std::uint64_t connection = ++node.connection;
  after(randomDelay(milliseconds(50)), [this, &node, connection] {
    if (connection == node.connection) feed(node, worker::event::Disconnected{random_()});
  });
  after(randomDelay(milliseconds(50)), [this, &node, connection] {
    // A worker that is back already has replaced its old connection.
    if (connection == node.connection && !node.isConnected) {
      feedScheduler(scheduler::event::WorkerLost{.worker = node.id});
    }
  });
}

// ---- scheduler ----

void Simulation::feedScheduler(const scheduler::Event& event) {
  if (now_ < schedulerBusyUntil_) {
    after(schedulerBusyUntil_ - now_, [this, event] { feedScheduler(event); });
    return;
  }
  performScheduler(scheduler_.handle(event, now_));
  scheduler_.checkInvariants();
  armScheduler();
}

void Simulation::armScheduler() {
  std::optional<Instant> at = scheduler_.wakeAt();
  if (!at || (schedulerArmed_ && *schedulerArmed_ <= *at)) return;
  schedulerArmed_ = at;
  after(std::max(*at - now_, Duration(0)), [this] {
    schedulerArmed_.reset();
    feedScheduler(scheduler::event::Tick{});
  });
}

void Simulation::performScheduler(const scheduler::Actions& actions) {
  for (const scheduler::Action& action : actions) {
    if (const auto* welcome = std::get_if<scheduler::action::Welcome>(&action)) {
      toWorker(welcome->worker, [this, forget = welcome->forget](Node& node) {
        feed(node, worker::event::Joined{
                       .heartbeat = heartbeat_, .prefetch = milliseconds(20), .forget = forget});
      });
    } else if (const auto* lend = std::get_if<scheduler::action::Lend>(&action)) {
      toWorker(lend->worker, [this, leases = lend->leases](Node& node) {
        feed(node, worker::event::LeasesLent{leases});
      });
    } else if (const auto* truncate = std::get_if<scheduler::action::Truncate>(&action)) {
      toWorker(truncate->worker,
               [this, asked = *truncate](Node& node) { answerTruncation(node, asked); });
    } else if (const auto* drain = std::get_if<scheduler::action::Drain>(&action)) {
      toWorker(drain->worker, [this](Node& node) { feed(node, worker::event::DrainAsked{}); });
    } else if (const auto* gone = std::get_if<scheduler::action::ForgetWorker>(&action)) {
      for (const auto& node : nodes_) {
        if (node->id == gone->worker) node->id = WorkerId{};  // It joins as a new one.
      }
    }
  }
}

void Simulation::answerTruncation(Node& node, const scheduler::action::Truncate& asked) {
  if (now_ < node.pausedUntil) {  // A stopped process answers when it goes on.
    after(node.pausedUntil - now_, [this, &node, asked, connection = node.connection] {
      if (connection == node.connection && node.isAlive) answerTruncation(node, asked);
    });
    return;
  }
  std::vector<LeaseTally> finished;
  std::uint64_t end = node.pool.truncate(asked.lease, asked.end, finished);
  emit(node, std::move(finished));
  if (end != kSamplesEnd) feed(node, worker::event::LeaseTruncated{asked.lease, end});
  toScheduler(node, scheduler::event::LeaseTruncated{node.id, asked.lease, end});
}

// ---- trouble ----

void Simulation::submit() {
  if (jobsToSubmit_ == 0) return;
  --jobsToSubmit_;
  JobSpec spec;
  spec.stream = {.seed = random(100), .sampler = chance(0.3) ? Sampler::kSobol : Sampler::kRandom};
  spec.samples = 1 + random(std::uint64_t{1} << random(24));
  spec.chunkSize =
      1 + random(chance(0.3) ? spec.samples : std::min<std::uint64_t>(spec.samples, 5000));
  spec.priority = static_cast<std::int32_t>(random(3)) - 1;
  feedScheduler(scheduler::event::JobSubmitted{spec});
  if (jobsToSubmit_ > 0) after(randomDelay(seconds(5)), [this] { submit(); });
}

void Simulation::planFaults() {
  after(randomDelay(seconds(2)), [this] {
    if (now_.time_since_epoch() < kFaultsEnd) {
      fault();
      planFaults();
      return;
    }
    isCalm_ = true;
    for (const auto& node : nodes_) {
      if (node->isMuted) breakConnection(*node);
    }
    start(1'000'000, Duration::zero());
  });
}

void Simulation::fault() {
  Node& node = *nodes_[random(nodes_.size())];
  switch (random(10)) {
    case 0:
    case 1:
      return breakConnection(node);
    case 2:  // kill -9
      node.isAlive = false;
      return breakConnection(node);
    case 3:  // SIGSTOP, for a while or for good
      node.pausedUntil = now_ + randomDelay(chance(0.2) ? seconds(100'000) : seconds(20));
      return;
    case 4:
      node.pool.setSpeed(std::max<std::uint64_t>(1, node.fullSpeed / (1 + random(40))));
      return;
    case 5:
      if (nodes_.size() < 12) start(1000 + random(1'000'000), drawLifetime());
      return;
    case 6:
      return feed(node, worker::event::DrainAsked{});
    case 7:
      schedulerBusyUntil_ = now_ + randomDelay(chance(0.1) ? seconds(60) : milliseconds(500));
      return;
    case 8: {  // A cable is cut: both sides notice when TCP gives up, if it is not mended before.
      node.isMuted = true;
      after(randomDelay(seconds(20)), [this, &node] { breakConnection(node); });
      return;
    }
    default:
      if (JobId last = scheduler_.lastJob(); chance(0.2) && last != JobId{}) {
        feedScheduler(scheduler::event::JobCancelled{last, "the simulation says so"});
      }
  }
}

// The past comes back: the ledger must not count it again.
void Simulation::replayOldTally(Node& node) {
  if (history_.empty()) return;
  toScheduler(node, scheduler::event::Reported{.worker = node.id,
                                               .done = {history_[random(history_.size())]}});
}

bool Simulation::allOver() const { return jobsToSubmit_ == 0 && !scheduler_.hasUnfinishedJobs(); }

void Simulation::checkResults(Outcome& outcome) const {
  for (const JobInfo& job : outcome.jobs) {
    if (job.state != JobState::kFinished) continue;
    SampleRange all{.begin = 0, .end = job.spec.samples};
    if (job.samplesCounted != job.spec.samples) outcome.wrong = "not every sample was counted";
    if (!(job.hits == oracleHits(job.spec.stream, all))) outcome.wrong = "the hits are wrong";
    if (job.chunksCounted != job.spec.chunks()) outcome.wrong = "not every chunk was counted";
  }
}

}  // namespace pi::simulation
