#include "scheduler/reactor.h"

#include <kj/debug.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/net/loop/clock.h"
#include "common/net/secrets/random.h"
#include "common/net/transport/connect_error.h"

namespace pi::scheduler {
namespace {

constexpr std::size_t kSecretBytes = 32;
// A worker's id says first which of a state directory's schedulers gave it out.
constexpr std::uint64_t kWorkersAnEpoch = 1'000'000'000;
constexpr std::uint64_t kDropLogsPerSecond = 5;
// Enough for a cluster that comes at once, and in the long run no more than 20 a second.
constexpr std::uint64_t kNotesMax = 200;
constexpr Duration kNotesPeriod = std::chrono::seconds(10);
// Not committed yet; a disk that hangs must not let them pile up.
constexpr std::size_t kSubmissionsMax = 10'000;
// Workers that were told to leave have so long to hand in what they have.
constexpr Duration kDismissMax = std::chrono::seconds(5);

JobUid makeUid() {
  JobUid uid;
  std::string random = net::randomBytes(uid.bytes.size());
  std::copy(random.begin(), random.end(), uid.bytes.begin());
  return uid;
}

}  // namespace

// A place among those who wait for a job's end, for as long as they do.
class Reactor::Waiting {
 public:
  Waiting(kj::PromiseFulfiller<JobInfo>& fulfiller, Reactor& reactor, JobId job)
      : waiters_(reactor.waiters_), place_(waiters_.emplace(job, &fulfiller)) {}
  KJ_DISALLOW_COPY(Waiting);
  ~Waiting() { waiters_.erase(place_); }

 private:
  decltype(Reactor::waiters_)& waiters_;
  decltype(Reactor::waiters_)::iterator place_;
};

Reactor::Reactor(net::KjLoop& loop, const Config& config, const Inheritance& inheritance)
    : loop_(loop),
      config_(config),
      core_(config, inheritance.saved, net::now()),
      alarm_(loop, [this] { handle(event::Tick{}); }),
      tickets_(inheritance.secret.empty() ? net::randomBytes(kSecretBytes) : inheritance.secret),
      saveFailing_(nullptr),
      lastWorker_(inheritance.saved.epoch * kWorkersAnEpoch),
      notes_(kNotesMax, kNotesPeriod),
      dropLogs_(kDropLogsPerSecond),
      busyAt_(net::now()),
      stopped_(nullptr),
      calls_(ignoreFailures_) {
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<void>();
  stopFulfiller_ = kj::mv(fulfiller);
  stopped_ = promise.fork();
  expectToSave();
  // The core may have failed saved jobs of another stream version; their ends must be committed.
  alarm_.set(core_.wakeAt());
}

// ---- workers ----

Reactor::Admission Reactor::admit(Hello hello, wire::WorkerControl::Client control) {
  Admission admission;
  if (isStopping_) {
    admission.refusal = {wire::Refusal::Code::STOPPING, "the scheduler is stopping"};
    return admission;
  }
  std::optional<WorkerId> known = tickets_.workerOf(hello.identity);
  if (!core_.hasRoomFor(known.value_or(WorkerId{lastWorker_ + 1}))) {
    admission.refusal = {wire::Refusal::Code::LIMIT_REACHED,
                         "the scheduler has as many workers as it takes"};
    return admission;
  }
  WorkerId worker = known ? *known : WorkerId{++lastWorker_};
  if (known) {
    keepGenuine(worker, hello.lent);
  } else {  // What a stranger brings is of another state directory, whose jobs have the same ids.
    hello.lent.clear();
    hello.done.clear();
  }
  admission.identity = tickets_.identityOf(worker);
  admission.seat = {.worker = worker, .serial = ++seats_};
  // An older session of the same worker ends with this; its calls are answered with an error.
  sessions_.erase(worker);
  sessions_.emplace(worker, Session{.serial = admission.seat.serial,
                                    .name = shortened(hello.profile.name),
                                    .control = kj::mv(control),
                                    .exchange = nullptr});
  note(fmt::format("worker {} ({}) joined: {} threads, kernel {}, {}", number(worker),
                   shortened(hello.profile.name), hello.profile.threads,
                   shortened(hello.profile.kernel), rateText(hello.profile.samplesPerSecond)));
  Actions actions = handle(event::WorkerJoined{.worker = worker,
                                               .profile = std::move(hello.profile),
                                               .lent = std::move(hello.lent),
                                               .held = std::move(hello.held),
                                               .done = std::move(hello.done)});
  for (Action& action : actions) {
    if (auto* welcome = std::get_if<action::Welcome>(&action)) {
      admission.forget = std::move(welcome->forget);
    } else if (auto* quarantined = std::get_if<action::Quarantine>(&action)) {
      admission.refusal = {wire::Refusal::Code::NOT_ALLOWED,
                           "this worker is quarantined: " + quarantined->reason +
                               "; see to its node, then start a new one"};
    }
  }
  admission.committed = core_.committedOf(worker);
  return admission;
}

// What has no ticket of ours was never lent to this worker, whoever says so.
void Reactor::keepGenuine(WorkerId worker, std::vector<Lease>& leases) {
  std::size_t offered = leases.size();
  std::erase_if(leases, [this, worker](const Lease& lease) {
    return !tickets_.isGenuine(worker, lease, lease.ticket);
  });
  if (leases.size() == offered || !dropLogs_.allows(net::now())) return;
  spdlog::warn("worker {} showed {} tickets that are not genuine; they are ignored{}",
               number(worker), offered - leases.size(), dropLogs_.takeNote());
}

kj::Promise<Reactor::Lent> Reactor::exchange(Seat seat, std::vector<LeaseTally> done) {
  expectSeat(seat);
  Session& session = *sessionOf(seat);
  if (session.exchange != nullptr) {
    KJ_FAIL_REQUIRE("one exchange at a time");
  }
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<Lent>();
  session.exchange = kj::mv(fulfiller);
  handle(event::Exchanged{.worker = seat.worker, .done = std::move(done)});
  return kj::mv(promise);
}

std::uint64_t Reactor::report(Seat seat, std::vector<LeaseTally> done) {
  expectSeat(seat);
  handle(event::Reported{.worker = seat.worker, .done = std::move(done)});
  return core_.committedOf(seat.worker);
}

kj::Promise<void> Reactor::leave(Seat seat, std::vector<LeaseTally> done) {
  expectSeat(seat);
  note(fmt::format("worker {} ({}) drained and left", number(seat.worker), sessionOf(seat)->name));
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<void>();
  leavers_.insert_or_assign(seat.worker, kj::mv(fulfiller));
  handle(event::WorkerLeft{.worker = seat.worker, .done = std::move(done)});
  return kj::mv(promise);
}

void Reactor::lose(Seat seat) {
  Session* session = sessionOf(seat);
  if (session == nullptr) return;  // It left, or came back by another connection.
  if (!isStopping_) {
    note(fmt::format("worker {} ({}) is lost; its leases wait {} for it to come back",
                     number(seat.worker), session->name, durationText(config_.reconnectGrace)));
  }
  sessions_.erase(seat.worker);
  handle(event::WorkerLost{.worker = seat.worker});
  stopWhenReady();
}

// ---- clients ----

kj::Promise<Reactor::Submission> Reactor::submit(const JobSpec& spec,
                                                 const std::string& requestId) {
  busyAt_ = net::now();
  if (isStopping_) {
    Submission refused;
    refused.refusal = {wire::Refusal::Code::STOPPING,
                       "the scheduler is stopping; submit again when it is back"};
    return refused;
  }
  if (submitters_.size() >= kSubmissionsMax) {
    Submission refused;
    refused.refusal = {wire::Refusal::Code::LIMIT_REACHED,
                       "as many jobs wait to be accepted as may; try again later"};
    return refused;
  }
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<Submission>();
  SubmissionId submission{++submissions_};
  submitters_.emplace(submission, kj::mv(fulfiller));
  handle(event::JobSubmitted{
      .spec = spec, .requestId = requestId, .uid = makeUid(), .submission = submission});
  return kj::mv(promise);
}

void Reactor::answer(SubmissionId submission, Submission&& answer) {
  auto submitter = submitters_.find(submission);
  if (submitter == submitters_.end()) return;
  submitter->second->fulfill(kj::mv(answer));
  submitters_.erase(submitter);
}

kj::Promise<JobInfo> Reactor::cancel(JobId job, std::string reason) {
  busyAt_ = net::now();
  handle(event::JobCancelled{.job = job, .reason = std::move(reason)});
  auto unsaved = saveFailing_.addBranch().then([](const std::string& why) -> kj::Promise<JobInfo> {
    std::string sentence = "the job is stopped, but how it ended cannot be saved yet: " + why;
    return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                         kj::heapString(sentence.c_str()));
  });
  return wait(job).exclusiveJoin(kj::mv(unsaved));
}

kj::Promise<JobInfo> Reactor::wait(JobId job) {
  std::optional<JobInfo> info = find(job);
  if (!info) {
    KJ_FAIL_REQUIRE("the job was over long ago and is forgotten");
  }
  if (isOver(info->state)) return *std::move(info);
  return kj::newAdaptedPromise<JobInfo, Waiting>(*this, job);
}

std::optional<JobInfo> Reactor::find(JobId job) const {
  return core_.job(job == JobId{} ? core_.lastJob() : job, net::now());
}

std::vector<JobInfo> Reactor::jobs() const { return core_.jobs(net::now()); }

std::vector<WorkerInfo> Reactor::workers() const { return core_.workers(net::now()); }

// ---- the end ----

void Reactor::stop(StopWorkers workers) {
  if (workers == StopWorkers::kYes) dismissWorkers();
  if (std::exchange(isStopping_, true)) return;
  if (!takesWorkersAlong_) {
    for (auto& [id, session] : sessions_) {
      calls_.add(session.control.expectRestartRequest().send().ignoreResult());
    }
  }
  calls_.add(timer().afterDelay(net::toKj(kStopMax)).then([this] { end(); }));
  handle(event::CommitWanted{});
  stopWhenReady();
}

void Reactor::dismissWorkers() {
  if (sessions_.empty() || std::exchange(takesWorkersAlong_, true)) return;
  spdlog::info("stopping {} workers", sessions_.size());
  handle(event::WorkersDismissed{});
  calls_.add(timer().afterDelay(net::toKj(kDismissMax)).then([this] {
    takesWorkersAlong_ = false;
    stopWhenReady();
  }));
}

// What changes from here on is lost, and nothing does that matters.
void Reactor::end() {
  if (std::exchange(hasEnded_, true)) return;
  if (!core_.isCommitted()) {
    unsaved_ =
        saveFailure_.empty() ? "the disk of the state directory does not answer" : saveFailure_;
  }
  save_ = kj::Function<void(Changes)>([](const Changes&) {});
  stopFulfiller_->fulfill();
}

// Everything is saved, and the workers that a stopping scheduler takes along are gone.
void Reactor::stopWhenReady() {
  if (!isStopping_ || (takesWorkersAlong_ && !sessions_.empty())) return;
  if (core_.isCommitted()) end();
}

Duration Reactor::idleTime() const {
  return core_.hasUnfinishedJobs() ? Duration::zero() : net::now() - busyAt_;
}

Actions Reactor::handle(const Event& event) {
  Instant now = net::now();
  Actions actions = core_.handle(event, now);
  if (core_.hasUnfinishedJobs()) busyAt_ = now;
  for (Action& action : actions) {
    std::visit([this](auto& wanted) { perform(wanted); }, action);
  }
  alarm_.set(core_.wakeAt());
  return actions;
}

// The answer to a join is read from the actions by whoever asked.
void Reactor::perform(const action::Welcome&) {}

void Reactor::perform(const action::Lend& lend) {
  auto session = sessions_.find(lend.worker);
  if (session == sessions_.end()) return;
  KJ_IF_MAYBE (fulfiller, session->second.exchange) {
    auto answer = kj::mv(*fulfiller);
    session->second.exchange = nullptr;
    Lent lent{.leases = lend.leases, .committed = core_.committedOf(lend.worker)};
    for (Lease& lease : lent.leases) lease.ticket = tickets_.ticketFor(lend.worker, lease);
    answer->fulfill(kj::mv(lent));
  }
}

void Reactor::perform(const action::Drain& drain) {
  auto session = sessions_.find(drain.worker);
  if (session == sessions_.end()) return;
  calls_.add(session->second.control.drainRequest().send().ignoreResult());
}

// It may come back as who it was.
void Reactor::perform(const action::ForgetWorker& gone) {
  sessions_.erase(gone.worker);
  stopWhenReady();
}

void Reactor::perform(const action::ReleaseWorker& released) {
  auto leaver = leavers_.find(released.worker);
  if (leaver == leavers_.end()) return;
  leaver->second->fulfill();
  leavers_.erase(leaver);
}

void Reactor::perform(const action::Quarantine& quarantined) {
  // Its calls fail; when it comes back, it is told why.
  sessions_.erase(quarantined.worker);
  leavers_.erase(quarantined.worker);
  if (!dropLogs_.allows(net::now())) return;
  spdlog::error("worker {} is quarantined: {}{}", number(quarantined.worker), quarantined.reason,
                dropLogs_.takeNote());
}

void Reactor::perform(const action::AcceptJob& accepted) {
  std::optional<JobInfo> job = find(accepted.job);
  answer(accepted.submission, {.job = accepted.job, .uid = job ? job->uid : JobUid{}});
  if (!job) return;
  const JobSpec& spec = job->spec;
  note(fmt::format("job {}: {} samples in {} chunks, seed {}, {}, priority {}",
                   number(accepted.job), spec.samples, spec.chunks(), spec.stream.seed,
                   name(spec.stream.sampler), spec.priority));
}

void Reactor::perform(const action::RefuseJob& refused) {
  answer(refused.submission,
         {.refusal = Refusal{wire::Refusal::Code::LIMIT_REACHED, refused.sentence}});
}

// Without a disk to wait for, what is said is as good as saved.
void Reactor::perform(action::Commit& commit) {
  KJ_IF_MAYBE (save, save_) {
    (*save)(std::move(commit.changes));
  } else {
    calls_.add(kj::evalLater([this] { saved({}); }));
  }
}

void Reactor::saved(const std::string& failure) {
  if (failure.empty()) {
    if (!saveFailure_.empty()) {
      spdlog::warn("jobs are saved again");
      expectToSave();
    }
    handle(event::Committed{});
    stopWhenReady();
    return;
  }
  saveFailure_ = failure;
  saveFailed_->fulfill(kj::cp(failure));
  spdlog::error(
      "{}; computing goes on, but no job is accepted, and none reported as finished, "
      "until it succeeds",
      failure);
  handle(event::CommitFailed{failure});
}

void Reactor::expectToSave() {
  saveFailure_.clear();
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<std::string>();
  saveFailed_ = kj::mv(fulfiller);
  saveFailing_ = promise.fork();
}

void Reactor::perform(const action::DropTally& drop) {
  if (!dropLogs_.allows(net::now())) return;
  spdlog::info("a tally of worker {} was dropped: {} (job {}, samples {} to {}){}",
               number(drop.worker), sentenceOf(drop.reason), number(drop.tally.job),
               drop.tally.tally.range.begin, drop.tally.tally.range.end, dropLogs_.takeNote());
}

// Peers cause these lines: they must not fill the disk.
void Reactor::note(const std::string& line) {
  if (notes_.allows(net::now())) spdlog::info("{}{}", line, notes_.takeNote());
}

void Reactor::perform(const action::Truncate& asked) {
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

void Reactor::perform(const action::AnnounceEnd& end) {
  const JobInfo& info = end.job;
  note(fmt::format("job {} is {}: {} hits in {} samples, {}, {}{}{}", number(info.id),
                   name(info.state), info.hits.total(), info.samplesCounted,
                   durationText(info.elapsed), rateText(info.samplesPerSecond),
                   info.reason.empty() ? "" : "; ", shortened(info.reason)));
  auto [first, last] = waiters_.equal_range(info.id);
  for (auto waiter = first; waiter != last; ++waiter) waiter->second->fulfill(kj::cp(info));
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
  // From now on nothing more is counted: what is, has to be committed before the end.
  if (isStopping_ && !takesWorkersAlong_) {
    kj::throwFatalException(net::disconnected("the scheduler stops, and will be back"));
  }
}

}  // namespace pi::scheduler
