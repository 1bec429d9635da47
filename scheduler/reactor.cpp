#include "scheduler/reactor.h"

#include <kj/debug.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "common/base/check.h"
#include "common/base/quantity.h"
#include "common/net/clock.h"
#include "common/net/disconnected.h"
#include "common/net/random.h"

namespace pi::scheduler {
namespace {

constexpr std::size_t kIdentityBytes = 16;
constexpr std::size_t kRequestsRemembered = 20'000;
constexpr std::uint64_t kDropLogsPerSecond = 5;
constexpr std::uint64_t kNotesPerSecond = 200;
// Workers that were told to leave have so long to hand in what they have.
constexpr Duration kDismissMax = std::chrono::seconds(5);

}  // namespace

Reactor::Reactor(net::KjLoop& loop, const Config& config)
    : loop_(loop),
      config_(config),
      core_(config),
      alarm_(loop, [this] { handle(event::Tick{}); }),
      notes_(kNotesPerSecond),
      dropLogs_(kDropLogsPerSecond),
      busyAt_(net::now()),
      stopped_(nullptr),
      calls_(ignoreFailures_) {
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<void>();
  stopFulfiller_ = kj::mv(fulfiller);
  stopped_ = promise.fork();
}

Reactor::Admission Reactor::admit(const Hello& hello, wire::WorkerControl::Client control) {
  Admission admission;
  if (isStopping_) {
    admission.refusal = {wire::Refusal::Code::STOPPING, "the scheduler is stopping"};
    return admission;
  }
  auto known = identities_.find(hello.identity);
  bool isKnown = known != identities_.end();
  if (!isKnown) {
    if (identities_.size() >= config_.workersMax) {
      admission.refusal = {wire::Refusal::Code::LIMIT_REACHED,
                           "the scheduler has as many workers as it takes"};
      return admission;
    }
    known = identities_.emplace(net::randomBytes(kIdentityBytes), WorkerId{++workersSeen_}).first;
    identityOf_.emplace(known->second, known->first);
  }
  WorkerId worker = known->second;
  admission.identity = known->first;
  admission.seat = {.worker = worker, .serial = ++seats_};
  // An older session of the same worker ends with this; its calls are answered with an error.
  sessions_.erase(worker);
  sessions_.emplace(worker, Session{.serial = admission.seat.serial,
                                    .name = hello.profile.name,
                                    .control = kj::mv(control),
                                    .exchange = nullptr});
  note(fmt::format("worker {} ({}) joined: {} threads, kernel {}, {}", number(worker),
                   hello.profile.name, hello.profile.threads, hello.profile.kernel,
                   rateText(hello.profile.samplesPerSecond)));
  // What an unknown worker brings is of another scheduler, whose jobs have the same numbers.
  Actions actions =
      handle(event::WorkerJoined{.worker = worker,
                                 .profile = hello.profile,
                                 .held = hello.held,
                                 .done = isKnown ? hello.done : std::vector<LeaseTally>()});
  for (Action& action : actions) {
    if (auto* welcome = std::get_if<action::Welcome>(&action)) {
      admission.forget = std::move(welcome->forget);
    }
  }
  return admission;
}

kj::Promise<std::vector<Lease>> Reactor::exchange(Seat seat, std::vector<LeaseTally> done) {
  expectSeat(seat);
  Session& session = *sessionOf(seat);
  if (session.exchange != nullptr) {
    KJ_FAIL_REQUIRE("one exchange at a time");
  }
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<std::vector<Lease>>();
  session.exchange = kj::mv(fulfiller);
  handle(event::Exchanged{.worker = seat.worker, .done = std::move(done)});
  return kj::mv(promise);
}

void Reactor::report(Seat seat, std::vector<LeaseTally> done) {
  expectSeat(seat);
  handle(event::Reported{.worker = seat.worker, .done = std::move(done)});
}

void Reactor::leave(Seat seat, std::vector<LeaseTally> done) {
  expectSeat(seat);
  note(fmt::format("worker {} ({}) drained and left", number(seat.worker), sessionOf(seat)->name));
  handle(event::WorkerLeft{.worker = seat.worker, .done = std::move(done)});
}

void Reactor::lose(Seat seat) {
  Session* session = sessionOf(seat);
  if (session == nullptr) return;  // It left, or came back by another connection.
  note(fmt::format("worker {} ({}) is lost; its leases wait {} for it to come back",
                   number(seat.worker), session->name, durationText(config_.reconnectGrace)));
  sessions_.erase(seat.worker);
  handle(event::WorkerLost{.worker = seat.worker});
  stopIfAlone();
}

Reactor::Submission Reactor::submit(const JobSpec& spec, const std::string& requestId) {
  busyAt_ = net::now();
  Submission submission;
  if (isStopping_) {
    submission.refusal = {wire::Refusal::Code::STOPPING,
                          "the scheduler is stopping; submit again when it is back"};
    return submission;
  }
  if (auto known = requests_.find(requestId); known != requests_.end()) {
    submission.job = known->second;
    return submission;
  }
  for (Action& action : handle(event::JobSubmitted{.spec = spec})) {
    if (auto* accepted = std::get_if<action::AcceptJob>(&action)) submission.job = accepted->job;
    if (auto* refused = std::get_if<action::RefuseJob>(&action)) {
      submission.refusal = {wire::Refusal::Code::LIMIT_REACHED, std::move(refused->sentence)};
    }
  }
  if (submission.refusal) return submission;
  note(fmt::format("job {}: {} samples in {} chunks, seed {}, {}, priority {}",
                   number(submission.job), spec.samples, spec.chunks(), spec.stream.seed,
                   name(spec.stream.sampler), spec.priority));
  if (requestId.empty()) return submission;
  requests_.emplace(requestId, submission.job);
  requestsInOrder_.push_back(requestId);
  if (requestsInOrder_.size() > kRequestsRemembered) {
    requests_.erase(requestsInOrder_.front());
    requestsInOrder_.pop_front();
  }
  return submission;
}

void Reactor::cancel(JobId job, std::string reason) {
  busyAt_ = net::now();
  handle(event::JobCancelled{.job = job, .reason = std::move(reason)});
}

kj::Promise<JobInfo> Reactor::wait(JobId job) {
  std::optional<JobInfo> info = find(job);
  if (!info) {
    KJ_FAIL_REQUIRE("the job was over long ago and is forgotten");
  }
  if (isOver(info->state)) return *std::move(info);
  // Whoever has given up waiting makes room.
  auto [first, last] = waiters_.equal_range(job);
  for (auto waiter = first; waiter != last;) {
    waiter = waiter->second->isWaiting() ? std::next(waiter) : waiters_.erase(waiter);
  }
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<JobInfo>();
  waiters_.emplace(job, kj::mv(fulfiller));
  return kj::mv(promise);
}

std::optional<JobInfo> Reactor::find(JobId job) const {
  return core_.job(job == JobId{} ? core_.lastJob() : job, net::now());
}

std::vector<JobInfo> Reactor::jobs() const { return core_.jobs(net::now()); }

std::vector<WorkerInfo> Reactor::workers() const { return core_.workers(net::now()); }

void Reactor::stop(StopWorkers workers) {
  if (isStopping_) return;
  isStopping_ = true;
  if (workers == StopWorkers::kNo || sessions_.empty()) {
    stopFulfiller_->fulfill();
    return;
  }
  spdlog::info("stopping {} workers", sessions_.size());
  handle(event::WorkersDismissed{});
  calls_.add(
      timer().afterDelay(net::toKj(kDismissMax)).then([this] { stopFulfiller_->fulfill(); }));
}

// The workers that a stopping scheduler takes along are gone.
void Reactor::stopIfAlone() {
  if (isStopping_ && sessions_.empty()) stopFulfiller_->fulfill();
}

Duration Reactor::idleTime() const {
  return core_.hasUnfinishedJobs() ? Duration::zero() : net::now() - busyAt_;
}

Actions Reactor::handle(const Event& event) {
  Instant now = net::now();
  Actions actions = core_.handle(event, now);
  if (core_.hasUnfinishedJobs()) busyAt_ = now;
  for (const Action& action : actions) perform(action);
  alarm_.set(core_.wakeAt());
  return actions;
}

void Reactor::perform(const Action& action) {
  if (const auto* lend = std::get_if<action::Lend>(&action)) {
    auto session = sessions_.find(lend->worker);
    if (session == sessions_.end()) return;
    KJ_IF_MAYBE (fulfiller, session->second.exchange) {
      auto answer = kj::mv(*fulfiller);
      session->second.exchange = nullptr;
      answer->fulfill(std::vector<Lease>(lend->leases));
    }
  } else if (const auto* truncated = std::get_if<action::Truncate>(&action)) {
    truncate(*truncated);
  } else if (const auto* drain = std::get_if<action::Drain>(&action)) {
    auto session = sessions_.find(drain->worker);
    if (session == sessions_.end()) return;
    calls_.add(session->second.control.drainRequest().send().ignoreResult());
  } else if (const auto* gone = std::get_if<action::ForgetWorker>(&action)) {
    sessions_.erase(gone->worker);
    identities_.erase(identityOf_.at(gone->worker));
    identityOf_.erase(gone->worker);
    stopIfAlone();
  } else if (const auto* end = std::get_if<action::AnnounceEnd>(&action)) {
    announceEnd(end->job);
  } else if (const auto* drop = std::get_if<action::DropTally>(&action)) {
    if (!dropLogs_.allows(net::now())) return;
    spdlog::info("a tally of worker {} was dropped: {} (job {}, samples {} to {}){}",
                 number(drop->worker), drop->why, number(drop->tally.job),
                 drop->tally.tally.range.begin, drop->tally.tally.range.end, dropLogs_.takeNote());
  }
  // Answers to joins and submissions are read from the actions by whoever asked.
}

// Peers cause these lines: they must not fill the disk.
void Reactor::note(const std::string& line) {
  if (notes_.allows(net::now())) spdlog::info("{}{}", line, notes_.takeNote());
}

void Reactor::truncate(const action::Truncate& asked) {
  auto session = sessions_.find(asked.worker);
  if (session == sessions_.end()) return;
  auto request = session->second.control.truncateRequest();
  request.setLease(number(asked.lease));
  request.setEnd(asked.end);
  Seat seat{.worker = asked.worker, .serial = session->second.serial};
  auto answered = [this, seat, lease = asked.lease](std::uint64_t end) {
    if (sessionOf(seat) == nullptr) return;
    handle(event::LeaseTruncated{.worker = seat.worker, .lease = lease, .end = end});
  };
  calls_.add(request.send().then([answered](auto&& response) { answered(response.getEnd()); },
                                 [answered](kj::Exception&&) { answered(kSamplesEnd); }));
}

void Reactor::announceEnd(JobId job) {
  std::optional<JobInfo> known = find(job);
  if (!known) return;
  const JobInfo& info = *known;
  note(fmt::format("job {} is {}: {} hits in {} samples, {}, {}{}{}", number(job), name(info.state),
                   info.hits.total(), info.samplesCounted, durationText(info.elapsed),
                   rateText(info.samplesPerSecond), info.reason.empty() ? "" : "; ", info.reason));
  auto [first, last] = waiters_.equal_range(job);
  for (auto waiter = first; waiter != last; ++waiter) waiter->second->fulfill(kj::cp(info));
  waiters_.erase(first, last);
}

Reactor::Session* Reactor::sessionOf(Seat seat) {
  auto found = sessions_.find(seat.worker);
  bool isCurrent = found != sessions_.end() && found->second.serial == seat.serial;
  return isCurrent ? &found->second : nullptr;
}

void Reactor::expectSeat(Seat seat) {
  if (sessionOf(seat) == nullptr) {
    kj::throwFatalException(net::disconnected("this worker has left or joined anew"));
  }
}

}  // namespace pi::scheduler
