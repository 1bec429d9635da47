// The scheduler's process in the simulation: its disk, its crashes, and its clients.
#include <algorithm>
#include <utility>

#include "tests/simulation/node.h"
#include "tests/simulation/simulation.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kWorkersAnEpoch = 1'000'000'000;

}  // namespace

void Simulation::startScheduler() {
  ++life_;
  scheduler::Saved saved = store_.open(now_);
  epoch_ = saved.epoch;
  workerIds_ = 0;
  schedulerArmed_.reset();
  scheduler_ = std::make_unique<scheduler::Scheduler>(config_, saved, now_);
  scheduler_->checkInvariants();
  stopping_ = Stopping::kNo;
  checkPromises();
  checkLeftBehind();
  // In another order than before: what was lost leaves its number to another job.
  std::size_t first = clients_.empty() ? 0 : random(clients_.size());
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    std::size_t client = (first + i) % clients_.size();
    if (!clients_[client].job) ask(client);
  }
}

// What it knew and had not saved is lost; so is what was on its way.
void Simulation::crashScheduler(Duration downtime) {
  if (scheduler_ == nullptr) return;
  ++crashes_;
  endScheduler(downtime);
}

void Simulation::endScheduler(Duration downtime) {
  ++life_;
  scheduler_.reset();
  schedulerBusyUntil_ = now_;
  for (const auto& node : nodes_) breakConnection(*node);
  after(downtime, [this] { startScheduler(); });
}

// As the scheduler's shell does it, with its patience.
void Simulation::stopScheduler(Stopping how) {
  if (scheduler_ == nullptr || stopping_ != Stopping::kNo || now_ < schedulerBusyUntil_) return;
  stopping_ = how;
  if (how == Stopping::kWithWorkers) {
    after(seconds(5), [this, life = life_] {
      if (life != life_) return;
      stopping_ = Stopping::kAlone;
      endWhenReady();
    });
    after(randomDelay(seconds(10)), [this] { start(1000 + random(1'000'000), drawLife()); });
    feedScheduler(scheduler::event::WorkersDismissed{});
  }
  after(seconds(15), [this, life = life_] {
    if (life == life_) crashScheduler(randomDelay(seconds(1)));
  });
  feedScheduler(scheduler::event::CommitWanted{});
}

// Everything is committed, and the workers that it takes along are gone.
void Simulation::endWhenReady() {
  if (stopping_ == Stopping::kNo || scheduler_ == nullptr || !scheduler_->isCommitted()) return;
  auto isHere = [](const WorkerInfo& worker) {
    return worker.state != WorkerState::kAbsent && worker.state != WorkerState::kQuarantined;
  };
  if (stopping_ == Stopping::kWithWorkers && std::ranges::any_of(scheduler_->workers(now_), isHere))
    return;
  ++stops_;
  leftBehind_ = scheduler_->jobs(now_);
  endScheduler(randomDelay(seconds(1)));
}

// A scheduler that stops lets nobody in; without its workers it counts nothing more, either.
bool Simulation::isHeard(const scheduler::Event& event) const {
  if (stopping_ == Stopping::kNo) return true;
  if (std::holds_alternative<scheduler::event::WorkerJoined>(event)) return false;
  return stopping_ == Stopping::kWithWorkers ||
         std::holds_alternative<scheduler::event::LeaseTruncated>(event);
}

// The next scheduler begins in an empty state directory: nobody can be promised anything over that,
// but what old workers bring must not mix with what is new.
void Simulation::loseState() {
  crashScheduler(randomDelay(seconds(1)));
  store_ = {};
  tickets_.clear();
  accepted_.clear();
  announced_.clear();
  leftBehind_.clear();
  for (Client& client : clients_) {
    client.promised.reset();
    client.job.reset();
  }
  for (const auto& node : nodes_) {
    if (node->id != WorkerId{}) node->isStranger = true;
    node->id = {};
    node->history.clear();
  }
}

void Simulation::feedScheduler(const scheduler::Event& event) {
  if (scheduler_ == nullptr) return;
  if (now_ < schedulerBusyUntil_) {
    after(schedulerBusyUntil_ - now_, [this, event, life = life_] {
      if (life == life_) feedScheduler(event);
    });
    return;
  }
  performScheduler(scheduler_->handle(event, now_));
  scheduler_->checkInvariants();
  armScheduler();
  endWhenReady();
}

void Simulation::armScheduler() {
  std::optional<Instant> at = scheduler_->wakeAt();
  if (!at || (schedulerArmed_ && *schedulerArmed_ <= *at)) return;
  schedulerArmed_ = at;
  after(std::max(*at - now_, Duration(0)), [this, life = life_] {
    if (life != life_) return;
    schedulerArmed_.reset();
    feedScheduler(scheduler::event::Tick{});
  });
}

void Simulation::performScheduler(const scheduler::Actions& actions) {
  for (const scheduler::Action& action : actions) {
    if (const auto* welcome = std::get_if<scheduler::action::Welcome>(&action)) {
      worker::event::Joined joined{.heartbeat = heartbeat_,
                                   .prefetch = milliseconds(20),
                                   .forget = welcome->forget,
                                   .committed = scheduler_->committedOf(welcome->worker)};
      toWorker(welcome->worker, [this, joined](Node& node) {
        worker::event::Joined told = joined;
        told.isStranger = std::exchange(node.isStranger, false);
        feed(node, told);
      });
    } else if (const auto* lend = std::get_if<scheduler::action::Lend>(&action)) {
      for (const Lease& lease : lend->leases) {
        bool isNew = tickets_.emplace(std::pair(lend->worker, lease.id), lease).second;
        if (!isNew) wrong_ = "a lease's id was given out twice";
      }
      worker::event::LeasesLent lent{.leases = lend->leases,
                                     .committed = scheduler_->committedOf(lend->worker)};
      toWorker(lend->worker, [this, lent](Node& node) { feed(node, lent); });
    } else if (const auto* truncate = std::get_if<scheduler::action::Truncate>(&action)) {
      toWorker(truncate->worker,
               [this, asked = *truncate](Node& node) { answerTruncation(node, asked); });
    } else if (const auto* drain = std::get_if<scheduler::action::Drain>(&action)) {
      toWorker(drain->worker, [this](Node& node) { feed(node, worker::event::DrainAsked{}); });
    } else if (const auto* released = std::get_if<scheduler::action::ReleaseWorker>(&action)) {
      toWorker(released->worker,
               [this](Node& node) { feed(node, worker::event::LeaveReceived{}); });
    } else if (const auto* quarantine = std::get_if<scheduler::action::Quarantine>(&action)) {
      judge(*quarantine);
      toWorker(quarantine->worker,
               [this](Node& node) { feed(node, worker::event::JoinRefused{}); });
    } else if (const auto* accepted = std::get_if<scheduler::action::AcceptJob>(&action)) {
      note(*accepted);
    } else if (const auto* refused = std::get_if<scheduler::action::RefuseJob>(&action)) {
      std::size_t client = number(refused->submission) - 1;
      after(seconds(1), [this, client] { ask(client); });
    } else if (const auto* end = std::get_if<scheduler::action::AnnounceEnd>(&action)) {
      note(end->job);
    } else if (const auto* commit = std::get_if<scheduler::action::Commit>(&action)) {
      after(randomDelay(chance(0.1) ? milliseconds(1000) : milliseconds(20)),
            [this, changes = commit->changes, life = life_] {
              if (life == life_) save(changes, now_);
            });
    }
  }
}

// Who did nothing wrong is no suspect.
void Simulation::judge(const scheduler::action::Quarantine& quarantine) {
  bool isSaidToLie = quarantine.cause == scheduler::QuarantineCause::kViolations;
  for (const auto& node : nodes_) {
    if (node->id != quarantine.worker || node->isLiar) continue;
    if (isSaidToLie || !node->isHandicapped) wrong_ = "an honest worker: " + quarantine.reason;
  }
}

// A crash may come before the disk has it, or after that and before the scheduler hears of it.
// Like the committer it tries every second, and says once a minute that it failed.
void Simulation::save(const scheduler::Changes& changes, Instant reportAt) {
  if (now_ < diskFullUntil_) {
    if (now_ >= reportAt) {
      reportSaved(scheduler::event::CommitFailed{"the disk is full"}, life_);
      reportAt = now_ + std::chrono::minutes(1);
    }
    after(seconds(1), [this, changes, reportAt, life = life_] {
      if (life == life_) save(changes, reportAt);
    });
    return;
  }
  store_.apply(changes, now_);
  reportSaved(scheduler::event::Committed{}, life_);
}

void Simulation::reportSaved(const scheduler::Event& outcome, std::uint64_t life) {
  after(randomDelay(milliseconds(2)), [this, outcome, life] {
    if (life == life_) feedScheduler(outcome);
  });
}

void Simulation::answerTruncation(Node& node, const scheduler::action::Truncate& asked) {
  if (now_ < node.pausedUntil) {  // A stopped process answers when it goes on.
    after(node.pausedUntil - now_, [this, &node, asked, connection = node.connection] {
      if (connection == node.connection && node.isAlive) answerTruncation(node, asked);
    });
    return;
  }
  if (node.isCrawler) return;
  std::vector<LeaseTally> finished;
  std::uint64_t end = node.pool.truncate(asked.lease, asked.end, finished);
  emit(node, finished);
  if (end != kSamplesEnd) feed(node, worker::event::LeaseTruncated{asked.lease, end});
  toScheduler(node, scheduler::event::LeaseTruncated{node.id, asked.lease, end});
}

// The scheduler's shell looks at the tickets: what it did not lend to this worker it does not see.
void Simulation::sendJoin(Node& node, const worker::action::Join& join) {
  if (node.id == WorkerId{}) node.id = WorkerId{epoch_ * kWorkersAnEpoch + ++workerIds_};
  scheduler::event::WorkerJoined joined{
      .worker = node.id, .profile = {}, .lent = {}, .held = join.held, .done = join.done};
  joined.profile.threads = 1;
  joined.profile.samplesPerSecond = chance(0.8) ? node.fullSpeed : 0;
  if (node.isCrawler) joined.profile.samplesPerSecond = ~std::uint64_t{0};
  if (node.isStranger) joined.done.clear();
  if (node.isLiar && isHostile() && !tickets_.empty()) {  // It claims a lease, mostly not its own.
    auto claimed =
        std::next(tickets_.begin(), static_cast<std::ptrdiff_t>(random(tickets_.size())));
    const Lease& lease = claimed->second;
    if (claimed->first.first != node.id) {
      joined.held.push_back({.lease = lease.id, .range = lease.range});
      joined.done.push_back({.lease = lease.id, .job = lease.job, .tally = {.range = lease.range}});
    }
  }
  for (const Lease& lease : join.lent) {
    auto ticket = tickets_.find({node.id, lease.id});
    if (ticket != tickets_.end() && ticket->second == lease) joined.lent.push_back(lease);
  }
  toScheduler(node, joined);
}

// ---- clients ----

void Simulation::submit() {
  if (jobsToSubmit_ == 0) return;
  --jobsToSubmit_;
  JobSpec spec;
  static_assert(kSamplers.size() == 2, "let a part of the jobs use the new sampler");
  spec.stream = {.seed = random(100), .sampler = chance(0.3) ? Sampler::kSobol : Sampler::kRandom};
  spec.samples = 1 + random(std::uint64_t{1} << random(24));
  spec.chunkSize =
      1 + random(chance(0.3) ? spec.samples : std::min<std::uint64_t>(spec.samples, 5000));
  spec.priority = static_cast<std::int32_t>(random(3)) - 1;
  submit(spec);
  // Now and then several at once.
  if (jobsToSubmit_ > 0)
    after(randomDelay(chance(0.3) ? milliseconds(5) : seconds(5)), [this] { submit(); });
}

void Simulation::submit(const JobSpec& spec) {
  clients_.push_back({.spec = spec,
                      .requestId = "request " + std::to_string(clients_.size()),
                      .promised = {},
                      .job = {}});
  ask(clients_.size() - 1);
}

void Simulation::ask(std::size_t client) {
  if (stopping_ != Stopping::kNo) return after(seconds(1), [this, client] { ask(client); });
  feedScheduler(scheduler::event::JobSubmitted{.spec = clients_[client].spec,
                                               .requestId = clients_[client].requestId,
                                               .submission = SubmissionId{client + 1}});
}

// The answer may be lost on its way; the client asks again with the same request id.
void Simulation::note(const scheduler::action::AcceptJob& accepted) {
  std::size_t index = number(accepted.submission) - 1;
  Client& client = clients_[index];
  bool isAnother = client.promised && *client.promised != accepted.job;
  bool isForgotten = isAnother && announced_.contains(*client.promised) &&
                     !scheduler_->job(*client.promised, now_);
  if (isAnother && !isForgotten) wrong_ = "one request became two jobs";
  client.promised = accepted.job;
  accepted_.emplace(accepted.job, client.spec);
  if (!client.job && chance(isHostile() ? 0.2 : 0)) {
    after(randomDelay(seconds(2)), [this, index] { ask(index); });
  } else {
    client.job = accepted.job;
  }
}

void Simulation::note(const JobInfo& ended) {
  announced_.emplace(ended.id, ended);
  checkResult(ended);
}

// What was said before a crash is true after it.
void Simulation::checkPromises() {
  for (const auto& [id, spec] : accepted_) {
    std::optional<JobInfo> job = scheduler_->job(id, now_);
    if (!job && mayBeForgotten(id)) continue;
    if (!job || !(job->spec == spec)) wrong_ = "a job that was accepted is lost";
  }
  for (const auto& [id, before] : announced_) {
    std::optional<JobInfo> job = scheduler_->job(id, now_);
    if (!job && mayBeForgotten(id)) continue;
    if (job) job->workersNow = before.workersNow;
    if (job != before) wrong_ = "an end that was announced is another";
  }
}

// A scheduler that stops in order loses nothing.
void Simulation::checkLeftBehind() {
  for (const JobInfo& before : std::exchange(leftBehind_, {})) {
    std::optional<JobInfo> job = scheduler_->job(before.id, now_);
    bool isWhole = job && job->samplesCounted == before.samplesCounted &&
                   job->hits == before.hits && isOver(job->state) == isOver(before.state);
    if (!isWhole) wrong_ = "a stop in order lost something";
  }
}

// One that is over, if as many as are kept are over besides.
bool Simulation::mayBeForgotten(JobId job) const {
  auto isEnded = [](const JobInfo& other) { return isOver(other.state); };
  auto others = std::ranges::count_if(scheduler_->jobs(now_), isEnded);
  return announced_.contains(job) && static_cast<std::size_t>(others) >= config_.finishedJobsMax;
}

}  // namespace pi::simulation
