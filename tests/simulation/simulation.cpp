#include "tests/simulation/simulation.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/node.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kStepsMax = 1'000'000;

scheduler::Config drawConfig(std::uint64_t seed) {
  std::mt19937_64 random(seed ^ 0x5EED);
  scheduler::Config config;
  config.blockSamples = std::uint64_t{1} << (random() % 12);
  config.lease.target = milliseconds(std::uint64_t{1} << (random() % 10));
  config.silenceTimeout = milliseconds(3000 + random() % 12000);
  config.reconnectGrace = milliseconds(random() % 5000);
  config.finishedJobsMax = random() % 3 == 0 ? 1 + random() % 3 : 100;
  return config;
}

}  // namespace

bool Simulation::Later::operator()(const Pending& a, const Pending& b) const {
  return a.at != b.at ? a.at > b.at : a.order > b.order;
}

Simulation::Simulation(std::uint64_t seed, Faults faults)
    : random_(seed),
      pending_(std::make_unique<std::priority_queue<Pending, std::vector<Pending>, Later>>()),
      config_(drawConfig(seed)),
      faults_(faults),
      isCalm_(faults == Faults::kNone),
      heartbeat_(milliseconds(10 + random(1000))) {
  startScheduler();
}

// Its threads' steps are finer than its leases, so that what is measured is the lending.
Simulation::Simulation(std::uint64_t seed, Task task)
    : random_(seed),
      pending_(std::make_unique<std::priority_queue<Pending, std::vector<Pending>, Later>>()),
      faults_(Faults::kNone),
      isCalm_(true),
      task_(std::move(task)),
      stepMax_(milliseconds(2)),
      heartbeat_(config_.heartbeat) {
  startScheduler();
}

Simulation::~Simulation() = default;

void Simulation::beginStory() {
  std::uint64_t workers = 1 + random(5);
  for (std::uint64_t i = 0; i < workers; ++i) start(1000 + random(1'000'000), drawLife());
  jobsToSubmit_ = 1 + random(4);
  submit();
  if (!isCalm_) planFaults();
}

void Simulation::beginTask() {
  for (std::uint64_t speed : task_->samplesPerSecond) start(speed);
  submit(task_->job);
}

Outcome Simulation::run() {
  if (task_) {
    beginTask();
  } else {
    beginStory();
  }
  Outcome outcome;
  while (!pending_->empty() && outcome.steps < kStepsMax && !allOver()) {
    Pending next = pending_->top();
    pending_->pop();
    now_ = std::max(now_, next.at);
    next.happens();
    ++outcome.steps;
  }
  outcome.allJobsOver = allOver();
  outcome.stops = stops_;
  if (scheduler_ != nullptr) outcome.jobs = scheduler_->jobs(now_);
  if (scheduler_ != nullptr) outcome.workers = scheduler_->workers(now_);
  outcome.crashes = crashes_;
  outcome.elapsed = now_.time_since_epoch();
  for (const auto& node : nodes_) outcome.samplesComputed += node->pool.samplesComputed();
  for (const auto& [id, job] : announced_) {  // What is forgotten was computed all the same.
    auto isIt = [id = id](const JobInfo& other) { return other.id == id; };
    if (std::ranges::none_of(outcome.jobs, isIt)) outcome.jobs.push_back(job);
  }
  for (const JobInfo& job : outcome.jobs) checkResult(job);
  outcome.wrong = wrong_;
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

worker::Config Simulation::drawLife() {
  worker::Config config;
  if (chance(isHostile() ? 0.1 : 0)) config.lifetime = randomDelay(seconds(20));
  if (isHostile() && chance(0.3)) {
    config.deathTimeout = milliseconds(500) + randomDelay(chance(0.7) ? seconds(3) : seconds(60));
  }
  return config;
}

// ---- workers ----

Simulation::Node& Simulation::start(std::uint64_t samplesPerSecond, const worker::Config& config) {
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
  after(milliseconds(1) + randomDelay(stepMax_), [this, &node] {
    node.isStepping = false;
    if (!node.isAlive) return;
    std::vector<LeaseTally> finished;
    if (now_ >= node.pausedUntil) node.pool.advance(now_ - node.steppedAt, finished);
    emit(node, finished);
    step(node);
  });
}

// Threads finish what they hold at different times.
void Simulation::emit(Node& node, const std::vector<LeaseTally>& finished) {
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
    bool isOpen = scheduler_ != nullptr && stopping_ == Stopping::kNo;
    if (!isOpen || chance(isHostile() ? 0.2 : 0)) {
      feed(node, worker::event::Disconnected{.random = random_()});
      return;
    }
    feed(node, worker::event::Reached{});
    if (isHostile() && chance(0.05)) return;  // By somebody who then says nothing.
    node.isConnected = true;
    feed(node, worker::event::Connected{});
  });
}

void Simulation::perform(Node& node, const worker::Actions& actions) {
  for (const worker::Action& action : actions) {
    if (std::holds_alternative<worker::action::Connect>(action)) {
      connect(node);
    } else if (std::holds_alternative<worker::action::Disconnect>(action)) {
      hangUp(node);
    } else if (const auto* join = std::get_if<worker::action::Join>(&action)) {
      sendJoin(node, *join);
    } else if (const auto* exchange = std::get_if<worker::action::Exchange>(&action)) {
      toScheduler(node, scheduler::event::Exchanged{.worker = node.id, .done = exchange->done});
      node.history.insert(node.history.end(), exchange->done.begin(), exchange->done.end());
    } else if (const auto* report = std::get_if<worker::action::Report>(&action)) {
      toScheduler(node, scheduler::event::Reported{.worker = node.id, .done = report->done},
                  Answer::kReceipt);
      node.history.insert(node.history.end(), report->done.begin(), report->done.end());
      if (chance(isHostile() ? 0.02 : 0)) replayOldTally(node);
      if (node.isLiar && chance(isHostile() ? 0.1 : 0)) lie(node);
    } else if (const auto* leave = std::get_if<worker::action::Leave>(&action)) {
      toScheduler(node, scheduler::event::WorkerLeft{.worker = node.id, .done = leave->done});
    } else if (const auto* compute = std::get_if<worker::action::Compute>(&action)) {
      node.pool.compute(compute->lease);
      step(node);
    } else if (const auto* low = std::get_if<worker::action::SetLowWater>(&action)) {
      node.pool.setLowWater(low->samples);
    } else if (std::holds_alternative<worker::action::CutSpan>(action)) {
      std::vector<LeaseTally> finished;
      node.pool.cut(finished);
      emit(node, finished);
    } else if (const auto* drop = std::get_if<worker::action::DropLease>(&action)) {
      node.pool.drop(drop->lease);
      emit(node, {});
    } else if (std::holds_alternative<worker::action::StopComputing>(action)) {
      std::vector<LeaseTally> finished;
      node.pool.cut(finished);
      node.pool.stop();
      node.isStopping = true;
      emit(node, finished);
      if (node.spansUnderway == 0) {
        after(Duration(0), [this, &node] { feed(node, worker::event::ComputingStopped{}); });
      }
    } else if (const auto* exit = std::get_if<worker::action::Exit>(&action)) {
      bool gaveUp = exit->reason == worker::action::ExitReason::kNoScheduler;
      if (gaveUp && node.isStopping) wrong_ = "a worker that drains gave up";
      node.isAlive = false;
      breakConnection(node);
    }
  }
}

// ---- network ----

void Simulation::toScheduler(Node& node, const scheduler::Event& event, Answer answer) {
  if (!node.isConnected || node.isMuted) return;
  node.upstreamAt = std::max(node.upstreamAt, now_ + randomDelay(milliseconds(5)));
  after(node.upstreamAt - now_, [this, &node, event, answer, connection = node.connection] {
    if (connection == node.connection && node.isConnected) deliver(node, event, answer);
  });
}

void Simulation::deliver(Node& node, const scheduler::Event& event, Answer answer) {
  if (now_ < schedulerBusyUntil_) {
    after(schedulerBusyUntil_ - now_, [this, &node, event, answer, life = life_] {
      if (life == life_) deliver(node, event, answer);
    });
    return;
  }
  if (!isHeard(event)) return breakConnection(node);
  feedScheduler(event);
  if (answer == Answer::kNone || scheduler_ == nullptr) return;
  worker::Event receipt = worker::event::ReportReceived{scheduler_->committedOf(node.id)};
  send(node, [this, receipt](Node& to) { feed(to, receipt); });
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

// Also on somebody who only took the call.
void Simulation::hangUp(Node& node) {
  if (node.isConnected) return breakConnection(node);
  after(Duration(0), [this, &node, connection = node.connection] {
    if (connection == node.connection) feed(node, worker::event::Disconnected{random_()});
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
  after(randomDelay(milliseconds(50)), [this, &node, connection, life = life_] {
    if (life != life_) return;
    // A worker that is back already has replaced its old connection.
    if (connection == node.connection && !node.isConnected) {
      feedScheduler(scheduler::event::WorkerLost{.worker = node.id});
    }
  });
}

}  // namespace pi::simulation
