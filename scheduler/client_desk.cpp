#include "scheduler/client_desk.h"

#include <kj/debug.h>

#include <algorithm>
#include <string>

#include "common/wire/wire.h"

namespace pi::scheduler {
namespace {

constexpr Duration kWatchPeriodMin = std::chrono::milliseconds(20);
constexpr std::size_t kRequestIdBytesMax = 64;
// What one client has open at a time.
constexpr std::size_t kWatchesMax = 64;
constexpr std::size_t kJobsOpenMax = 10'000;

// Sends a job's state again and again, one update at a time, until the job is over.
class Watch final : public wire::Subscription::Server {
 public:
  Watch(Reactor& reactor, JobId job, wire::Watcher::Client watcher, Duration period,
        kj::Own<Visit> visit)
      : reactor_(reactor),
        job_(job),
        watcher_(kj::mv(watcher)),
        period_(period),
        visit_(kj::mv(visit)) {
    ++visit_->watches;
    updates_ = update().eagerlyEvaluate([](kj::Exception&&) {});  // The watcher is gone.
  }
  ~Watch() noexcept(false) { --visit_->watches; }
  KJ_DISALLOW_COPY(Watch);

 private:
  kj::Promise<void> update() {
    std::optional<JobInfo> info = reactor_.find(job_);
    if (!info) return kj::READY_NOW;
    auto request = watcher_.updateRequest();
    toWire(*info, request.initInfo());
    auto sent = request.send().ignoreResult();
    if (isOver(info->state)) return sent;
    return sent.then([this] { return reactor_.timer().afterDelay(net::toKj(period_)); })
        .then([this] { return update(); });
  }

  Reactor& reactor_;
  JobId job_;
  wire::Watcher::Client watcher_;
  Duration period_;
  kj::Own<Visit> visit_;
  kj::Promise<void> updates_ = nullptr;
};

class Job final : public wire::Job::Server {
 public:
  Job(Reactor& reactor, JobId job, kj::Own<Visit> visit)
      : reactor_(reactor), job_(job), visit_(kj::mv(visit)) {
    if (visit_->jobs >= kJobsOpenMax) {
      KJ_FAIL_REQUIRE("too many jobs are open at a time");
    }
    ++visit_->jobs;
  }
  ~Job() noexcept(false) { --visit_->jobs; }
  KJ_DISALLOW_COPY(Job);

 private:
  kj::Promise<void> info(InfoContext context) override {
    toWire(now(), context.getResults().initInfo());
    return kj::READY_NOW;
  }

  kj::Promise<void> watch(WatchContext context) override {
    if (visit_->watches >= kWatchesMax) {
      KJ_FAIL_REQUIRE("too many jobs are watched at a time");
    }
    auto params = context.getParams();
    auto asked = static_cast<Duration::rep>(
        std::min<std::uint64_t>(params.getMinPeriodNanoseconds(), 3'600'000'000'000));
    Duration period = std::max(Duration(asked), kWatchPeriodMin);
    context.getResults().setSubscription(
        kj::heap<Watch>(reactor_, job_, params.getWatcher(), period, kj::addRef(*visit_)));
    return kj::READY_NOW;
  }

  kj::Promise<void> wait(WaitContext context) override {
    context.allowCancellation();
    return reactor_.wait(job_).then(
        [context](JobInfo&& info) mutable { toWire(info, context.getResults().initInfo()); });
  }

  kj::Promise<void> cancel(CancelContext context) override {
    context.allowCancellation();
    return reactor_.cancel(job_, "cancelled by a client").then([context](JobInfo&& info) mutable {
      toWire(info, context.getResults().initInfo());
    });
  }

  JobInfo now() const {
    std::optional<JobInfo> info = reactor_.find(job_);
    if (!info) {
      KJ_FAIL_REQUIRE("the job was over long ago and is forgotten");
    }
    return *std::move(info);
  }

  Reactor& reactor_;
  JobId job_;
  kj::Own<Visit> visit_;
};

// Why the job that was found is not the one that was asked for; empty if it is.
std::string whyUnknown(std::uint64_t asked, const JobUid& uid, const std::optional<JobInfo>& info) {
  if (!info && asked == 0) return "no job was submitted yet";
  if (!info) {
    return "there is no job " + std::to_string(asked) + "; pi-client list shows all jobs";
  }
  if (uid == JobUid{} || uid == info->uid) return "";
  return "job " + std::to_string(number(info->id)) +
         " is another job now: the scheduler has lost the one that had this number";
}

class ClientDesk : public virtual wire::ClientDesk::Server {
 public:
  ClientDesk(Reactor& reactor, kj::Own<Visit> visit) : reactor_(reactor), visit_(kj::mv(visit)) {}

 private:
  kj::Promise<void> submit(SubmitContext context) override {
    auto params = context.getParams();
    if (params.getRequestId().size() > kRequestIdBytesMax) {
      KJ_FAIL_REQUIRE("the request id is too long");
    }
    std::string requestId(reinterpret_cast<const char*>(params.getRequestId().begin()),
                          params.getRequestId().size());
    context.allowCancellation();
    return reactor_.submit(fromWire(params.getSpec()), requestId)
        .then([this, context](Reactor::Submission&& submission) mutable {
          auto results = context.getResults();
          if (submission.refusal) {
            results.initRefusal().setCode(submission.refusal->code);
            results.getRefusal().setSentence(submission.refusal->sentence);
            return;
          }
          results.setId(number(submission.job));
          results.setUid(toWire(submission.uid));
          results.setJob(kj::heap<Job>(reactor_, submission.job, kj::addRef(*visit_)));
        });
  }

  kj::Promise<void> open(OpenContext context) override {
    std::uint64_t asked = context.getParams().getId();
    JobUid uid = fromWire(context.getParams().getUid());
    std::optional<JobInfo> info = reactor_.find(JobId{asked});
    auto results = context.getResults();
    if (std::string why = whyUnknown(asked, uid, info); !why.empty()) {
      results.initRefusal().setCode(wire::Refusal::Code::UNKNOWN_JOB);
      results.getRefusal().setSentence(why);
      return kj::READY_NOW;
    }
    results.setId(number(info->id));
    results.setUid(toWire(info->uid));
    results.setJob(kj::heap<Job>(reactor_, info->id, kj::addRef(*visit_)));
    return kj::READY_NOW;
  }

  kj::Promise<void> list(ListContext context) override {
    std::vector<JobInfo> jobs = reactor_.jobs();
    auto list = context.getResults().initJobs(static_cast<capnp::uint>(jobs.size()));
    for (capnp::uint i = 0; i < list.size(); ++i) toWire(jobs[i], list[i]);
    return kj::READY_NOW;
  }

  kj::Promise<void> workers(WorkersContext context) override {
    std::vector<WorkerInfo> workers = reactor_.workers();
    auto list = context.getResults().initWorkers(static_cast<capnp::uint>(workers.size()));
    for (capnp::uint i = 0; i < list.size(); ++i) toWire(workers[i], list[i]);
    return kj::READY_NOW;
  }

  kj::Promise<void> stop(StopContext context) override {
    reactor_.stop(context.getParams().getWorkers() ? StopWorkers::kYes : StopWorkers::kNo);
    context.allowCancellation();
    return reactor_.stopped().then(
        [this, context]() mutable { context.getResults().setFailure(reactor_.unsaved().c_str()); });
  }

  Reactor& reactor_;
  kj::Own<Visit> visit_;
};

class OwnerDesk final : public virtual wire::OwnerDesk::Server, public ClientDesk {
 public:
  using ClientDesk::ClientDesk;
};

}  // namespace

wire::ClientDesk::Client makeClientDesk(Reactor& reactor, kj::Own<Visit> visit) {
  return kj::heap<ClientDesk>(reactor, kj::mv(visit));
}

wire::OwnerDesk::Client makeOwnerDesk(Reactor& reactor, kj::Own<Visit> visit) {
  return kj::heap<OwnerDesk>(reactor, kj::mv(visit));
}

}  // namespace pi::scheduler
