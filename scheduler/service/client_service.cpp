#include "scheduler/service/client_service.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/version.h"
#include "common/net/loop/clock.h"
#include "common/net/secrets/random.h"
#include "scheduler/limits.h"

namespace pi::scheduler {
namespace {

JobUid makeUid() {
  JobUid uid;
  std::string random = net::randomBytes(uid.bytes.size());
  std::copy(random.begin(), random.end(), uid.bytes.begin());
  return uid;
}

RefusalCode codeOf(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kRequestIdReused:
    case RefusalReason::kCannotExtend:
      return RefusalCode::kBadRequest;
    case RefusalReason::kUnknownJob:
      return RefusalCode::kUnknownJob;
    case RefusalReason::kTooManyJobs:
      return RefusalCode::kLimitReached;
    case RefusalReason::kNotSaved:
      return RefusalCode::kNotSaved;
  }
  PI_CHECK(false);
  return RefusalCode::kBadRequest;
}

Refusal unknownJob(std::string sentence) {
  return {.code = RefusalCode::kUnknownJob, .sentence = std::move(sentence)};
}

}  // namespace

// A place among the calls that wait for a job's end; given up when the promise is dropped.
class ClientService::Waiter {
 public:
  Waiter(kj::PromiseFulfiller<OrRefusal<JobInfo>>& fulfiller, ClientService& service, JobId job)
      : waiters_(service.waiters_), place_(waiters_->emplace(job, &fulfiller)) {}
  KJ_DISALLOW_COPY(Waiter);
  ~Waiter() { waiters_->erase(place_); }

 private:
  const std::shared_ptr<Waiters> waiters_;
  Waiters::iterator place_;
};

// Updates one watcher; lives as long as the promise that watch() returned.
class ClientService::Watch {
 public:
  Watch(const ClientService& service, JobId job, Duration period, Update update)
      : service_(service), job_(job), period_(period), update_(kj::mv(update)) {}
  KJ_DISALLOW_COPY(Watch);

  kj::Promise<void> run() {
    OrRefusal<JobInfo> found = service_.find(job_);
    const auto* info = std::get_if<JobInfo>(&found);
    if (info == nullptr) return kj::READY_NOW;  // It was over long ago.
    kj::Promise<void> taken = update_(*info);
    if (isOver(info->state)) return taken;
    return taken.then([this] { return service_.runner_.timer().afterDelay(net::toKj(period_)); })
        .then([this] { return run(); });
  }

 private:
  const ClientService& service_;
  const JobId job_;
  const Duration period_;
  Update update_;
};

ClientService::ClientService(CoreRunner& runner, ServiceLog& log, Saving& saving, Audits& audits,
                             const WorkerService& workers, Shutdown& shutdown)
    : runner_(runner),
      log_(log),
      saving_(saving),
      audits_(audits),
      workers_(workers),
      shutdown_(shutdown),
      startedAt_(net::now()) {}

// ---- requests ----

std::optional<Refusal> ClientService::whyNotAsked() const {
  if (shutdown_.hasStarted()) {
    return Refusal{.code = RefusalCode::kStopping,
                   .sentence = "the scheduler is stopping; submit again when it is back"};
  }
  if (submitters_.size() >= kPendingSubmissionsMax) {
    return Refusal{.code = RefusalCode::kLimitReached,
                   .sentence = "too many submitted jobs wait for the disk; try again later"};
  }
  return std::nullopt;
}

ClientService::Asking ClientService::ask() {
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<OrRefusal<Submitted>>();
  SubmissionId submission{++lastSubmission_};
  submitters_.emplace(submission, kj::mv(fulfiller));
  return {.submission = submission, .answer = kj::mv(promise)};
}

kj::Promise<OrRefusal<ClientService::Submitted>> ClientService::submit(
    const JobSpec& spec, const std::string& requestId) {
  runner_.noteRequest();
  if (std::optional<Refusal> refusal = whyNotAsked()) return OrRefusal<Submitted>(*refusal);
  Asking asking = ask();
  runner_.handle(event::JobSubmitted{.spec = spec,
                                     .requestId = requestId,
                                     .uid = makeUid(),
                                     .now = net::wallNow(),
                                     .submission = asking.submission});
  return kj::mv(asking.answer);
}

kj::Promise<OrRefusal<ClientService::Submitted>> ClientService::extend(
    const ExtensionRequest& request) {
  runner_.noteRequest();
  if (std::optional<Refusal> refusal = whyNotAsked()) return OrRefusal<Submitted>(*refusal);
  OrRefusal<JobInfo> found = find(request.job, request.uid);
  if (const auto* unknown = std::get_if<Refusal>(&found)) return OrRefusal<Submitted>(*unknown);
  Asking asking = ask();
  runner_.handle(event::JobExtended{.job = std::get<JobInfo>(found).id,
                                    .samples = request.samples,
                                    .requestId = request.requestId,
                                    .submission = asking.submission});
  return kj::mv(asking.answer);
}

void ClientService::answer(SubmissionId submission, OrRefusal<Submitted>&& answer) {
  auto submitter = submitters_.find(submission);
  if (submitter == submitters_.end()) return;
  submitter->second->fulfill(kj::mv(answer));
  submitters_.erase(submitter);
}

OrRefusal<JobInfo> ClientService::find(JobId job, const JobUid& uid) const {
  const Scheduler& core = runner_.core();
  std::optional<JobInfo> info = core.job(job == JobId{} ? core.lastJob() : job, net::now());
  if (!info && job == JobId{}) return unknownJob("no job was submitted yet");
  if (!info) {
    return unknownJob("there is no job " + std::to_string(number(job)) +
                      "; pi-client list shows all jobs");
  }
  if (uid != JobUid{} && uid != info->uid) {
    return unknownJob("job " + std::to_string(number(info->id)) +
                      " is another job now: the scheduler has lost the one that had this number");
  }
  addAwaited(*info);
  return *std::move(info);
}

void ClientService::addAwaited(JobInfo& job) const {
  if (elastic_ == nullptr || isOver(job.state) || job.workersNow > 0) return;
  job.workersAwaited = awaitedText(elastic_->queues(ElasticControl::Detail::kQueues));
}

ClientService::Page ClientService::jobs(JobId before, std::size_t max) const {
  if (before == JobId{}) before = JobId{std::numeric_limits<std::uint64_t>::max()};
  if (max == 0 || max > kJobsPerPageMax) max = kJobsPerPageMax;
  Page page{.jobs = runner_.core().jobsBelow(before, max + 1, net::now())};
  page.isLast = page.jobs.size() <= max;
  if (!page.isLast) page.jobs.pop_back();
  for (JobInfo& job : page.jobs) addAwaited(job);
  return page;
}

OrRefusal<WorkerInfo> ClientService::worker(WorkerId worker) const {
  if (auto known = runner_.core().worker(worker, net::now())) return *std::move(known);
  std::vector<WorkerInfo> all = workers();  // It may be among the lost ones.
  auto found = std::ranges::find(all, worker, &WorkerInfo::id);
  if (found != all.end()) return *std::move(found);
  return Refusal{.code = RefusalCode::kUnknownJob,
                 .sentence = "there is no worker " + std::to_string(number(worker)) +
                             "; pi-client workers shows all workers"};
}

ClientService::Tracks ClientService::tracks(WorkerId after, std::size_t max) const {
  const Scheduler& core = runner_.core();
  const auto& all = core.history().workers().tracks();
  Tracks tracks;
  auto next = all.upper_bound(after);
  for (; next != all.end() && tracks.workers.size() < max; ++next) {
    const auto& [id, track] = *next;
    tracks.workers.push_back(
        {.worker = id,
         .profile = track.gone ? *track.gone : core.worker(id, net::now()).value().profile,
         .isGone = track.gone.has_value(),
         .periods = track.periods});
  }
  tracks.isLast = next == all.end();
  return tracks;
}

OrRefusal<std::string> ClientService::openControl(ControlFor whom) {
  KJ_IF_MAYBE (open, openControl_) {
    return (*open)(whom);
  }
  return Refusal{.code = RefusalCode::kBadRequest,
                 .sentence =
                     "this scheduler has no dashboard; it was started with "
                     "--dashboard-address none"};
}

SchedulerInfo ClientService::info() {
  Whereabouts where = where_();
  SchedulerInfo info{.programVersion = std::string(programVersion()),
                     .gitCommit = std::string(gitCommit()),
                     .protocolVersion = protocolVersion(),
                     .streamVersion = kStreamVersion,
                     .host = std::move(where.host),
                     .pid = where.pid,
                     .addresses = std::move(where.addresses),
                     .dashboard = std::move(where.dashboard),
                     .unfinishedJobs = runner_.core().unfinishedJobs(),
                     .diskFailure = saving_.failure(),
                     .now = net::now(),
                     .wallNow = net::wallNow()};
  info.uptime = info.now - startedAt_;
  if (elastic_ != nullptr) info.queues = elastic_->queues(ElasticControl::Detail::kQueues);
  for (const WorkerInfo& worker : workers()) {
    bool isConnected = worker.state == WorkerState::kActive ||
                       worker.state == WorkerState::kSilent ||
                       worker.state == WorkerState::kDraining;
    if (!isConnected) continue;
    ++info.workers;
    info.threads += worker.profile.threads;
    // A worker that computes has shown its speed.
    info.samplesPerSecond +=
        worker.samplesPerSecond > 0 ? worker.samplesPerSecond : worker.profile.samplesPerSecond;
  }
  return info;
}

OrRefusal<Done> ClientService::awaitWorkers(std::uint64_t workers) {
  if (workers == 0) return Done{};
  runner_.noteRequest();
  if (elastic_ == nullptr) return Done{};
  ElasticControl::Reach reach = elastic_->reach();
  if (workers > reach.ofQueues + reach.ofOthers) {
    return Refusal{.code = RefusalCode::kLimitReached,
                   .sentence = fmt::format(
                       "{} will never be there: this scheduler starts at most {} (--workers-max, "
                       "--max-node-hours), and {} of others {} connected; wait for fewer, start "
                       "others with pi-worker first, or start the scheduler with higher limits",
                       countText(workers, "worker"), countText(reach.ofQueues),
                       countText(reach.ofOthers), reach.ofOthers == 1 ? "is" : "are")};
  }
  awaited_.note(workers, net::now());
  return Done{};
}

kj::Promise<OrRefusal<JobInfo>> ClientService::wait(JobId job) {
  OrRefusal<JobInfo> found = find(job);
  const auto* info = std::get_if<JobInfo>(&found);
  if (info == nullptr || isOver(info->state)) return found;
  return kj::newAdaptedPromise<OrRefusal<JobInfo>, Waiter>(*this, info->id);
}

kj::Promise<OrRefusal<JobAudit>> ClientService::audit(JobId job) {
  runner_.noteRequest();
  OrRefusal<JobInfo> found = find(job);
  if (const auto* unknown = std::get_if<Refusal>(&found)) return OrRefusal<JobAudit>(*unknown);
  const auto& info = std::get<JobInfo>(found);
  if (!isOver(info.state)) {
    return OrRefusal<JobAudit>(Refusal{.code = RefusalCode::kBadRequest,
                                       .sentence = "job " + std::to_string(number(info.id)) +
                                                   " is " + std::string(name(info.state)) +
                                                   "; wait for its end, then audit it"});
  }
  return audits_.audit(info.id);
}

OrRefusal<ClientService::Reprioritized> ClientService::setPriority(JobId job,
                                                                   std::int32_t priority) {
  runner_.noteRequest();
  OrRefusal<JobInfo> found = find(job);
  if (const auto* unknown = std::get_if<Refusal>(&found)) return *unknown;
  auto& info = std::get<JobInfo>(found);
  if (isOver(info.state)) return Reprioritized{.job = std::move(info), .wasOver = true};
  runner_.handle(event::JobReprioritized{.job = info.id, .priority = priority});
  log_.note({.job = info.id}, fmt::format("job {} has priority {} now; it had {}", number(info.id),
                                          priority, info.spec.priority));
  info.spec.priority = priority;
  return Reprioritized{.job = std::move(info)};
}

kj::Promise<OrRefusal<JobInfo>> ClientService::cancel(JobId job, std::string reason) {
  runner_.noteRequest();
  runner_.handle(event::JobCancelled{.job = job, .reason = std::move(reason)});
  auto unsaved = saving_.untilFailure().then([](const std::string& why) -> OrRefusal<JobInfo> {
    return Refusal{.code = RefusalCode::kNotSaved,
                   .sentence = "the job is stopped, but this cannot be saved (" + why +
                               "); after a restart it may run again"};
  });
  return wait(job).exclusiveJoin(kj::mv(unsaved));
}

kj::Promise<void> ClientService::watch(JobId job, Duration period, Update update) {
  auto watch = kj::heap<Watch>(*this, job, std::max(period, kWatchPeriodMin), kj::mv(update));
  kj::Promise<void> updates = watch->run();
  return updates.attach(kj::mv(watch));
}

kj::Promise<ClientService::Stopped> ClientService::stop(StopWorkers workers) {
  shutdown_.start(workers);
  return shutdown_.untilEnd().then(
      [this] { return Stopped{.unsaved = shutdown_.unsaved(), .left = shutdown_.leftovers()}; });
}

// ---- actions of the core ----

std::optional<JobInfo> ClientService::answerWith(SubmissionId submission, JobId id) {
  std::optional<JobInfo> job = runner_.core().job(id, net::now());
  if (job) {
    answer(submission, Submitted{.job = id, .uid = job->uid});
  } else {  // A repeated submission of an old job.
    answer(submission, unknownJob("job " + std::to_string(number(id)) +
                                  " is over and was forgotten; submit a new one"));
  }
  return job;
}

void ClientService::perform(const action::AcceptJob& accepted) {
  std::optional<JobInfo> job = answerWith(accepted.submission, accepted.job);
  if (!job) return;
  const JobSpec& spec = job->spec;
  std::string from = spec.submitter.empty() ? "" : " from " + shortened(spec.submitter);
  std::string called = spec.name.empty() ? "" : " (" + shortened(spec.name) + ")";
  log_.note(
      {.job = accepted.job},
      fmt::format("job {}{}{}: {} in {}, seed {}, {}, priority {}", number(accepted.job), called,
                  from, countText(spec.samples, "sample"), countText(spec.chunks(), "chunk"),
                  spec.stream.seed, name(spec.stream.sampler), spec.priority));
}

void ClientService::perform(const action::AcceptExtension& accepted) {
  std::optional<JobInfo> job = answerWith(accepted.submission, accepted.job);
  if (!job) return;
  log_.note({.job = accepted.job},
            fmt::format("job {} is extended to {}; {} of them are counted", number(accepted.job),
                        countText(job->spec.samples, "sample"), countText(job->samplesCounted)));
}

void ClientService::perform(const action::RefuseJob& refused) {
  answer(refused.submission, Refusal{.code = codeOf(refused.reason), .sentence = refused.sentence});
}

void ClientService::perform(const action::AnnounceEnd& end) {
  const JobInfo& info = end.job;
  log_.note(
      {.job = info.id},
      fmt::format("job {} is {}: {} in {}, {}, {}{}{}", number(info.id), name(info.state),
                  countText(info.hits.total(), "hit"), countText(info.samplesCounted, "sample"),
                  durationText(info.elapsed), rateText(info.samplesPerSecond),
                  info.reason.empty() ? "" : "; ", shortened(info.reason)));
  auto [first, last] = waiters_->equal_range(info.id);
  for (auto waiter = first; waiter != last; ++waiter) waiter->second->fulfill(kj::cp(info));
}

}  // namespace pi::scheduler
