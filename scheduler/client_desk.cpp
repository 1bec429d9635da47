#include "scheduler/client_desk.h"

#include <kj/debug.h>

#include <algorithm>
#include <string>

#include "common/net/wire.h"

namespace pi::scheduler {
namespace {

constexpr Duration kWatchPeriodMin = std::chrono::milliseconds(20);
constexpr std::size_t kRequestIdBytesMax = 64;
constexpr std::size_t kWatchesMax = 16;  // Of one job, by one client.

// Sends a job's state again and again, one update at a time, until the job is over.
class Watch final : public wire::Subscription::Server {
 public:
  Watch(Reactor& reactor, JobId job, wire::Watcher::Client watcher, Duration period)
      : reactor_(reactor), job_(job), watcher_(kj::mv(watcher)), period_(period) {
    updates_ = update().eagerlyEvaluate([](kj::Exception&&) {});  // The watcher is gone.
  }

 private:
  kj::Promise<void> update() {
    std::optional<JobInfo> info = reactor_.find(job_);
    if (!info) return kj::READY_NOW;
    auto request = watcher_.updateRequest();
    net::toWire(*info, request.initInfo());
    auto sent = request.send().ignoreResult();
    if (isOver(info->state)) return sent;
    return sent.then([this] { return reactor_.timer().afterDelay(net::toKj(period_)); })
        .then([this] { return update(); });
  }

  Reactor& reactor_;
  JobId job_;
  wire::Watcher::Client watcher_;
  Duration period_;
  kj::Promise<void> updates_ = nullptr;
};

class Job final : public wire::Job::Server {
 public:
  Job(Reactor& reactor, JobId job) : reactor_(reactor), job_(job) {}

 private:
  kj::Promise<void> info(InfoContext context) override {
    net::toWire(now(), context.getResults().initInfo());
    return kj::READY_NOW;
  }

  kj::Promise<void> watch(WatchContext context) override {
    KJ_REQUIRE(watches_ < kWatchesMax, "too many watchers of one job");
    ++watches_;
    auto params = context.getParams();
    auto asked = static_cast<Duration::rep>(
        std::min<std::uint64_t>(params.getMinPeriodNanoseconds(), 3'600'000'000'000));
    Duration period = std::max(Duration(asked), kWatchPeriodMin);
    context.getResults().setSubscription(
        kj::heap<Watch>(reactor_, job_, params.getWatcher(), period));
    return kj::READY_NOW;
  }

  kj::Promise<void> wait(WaitContext context) override {
    context.allowCancellation();
    return reactor_.wait(job_).then(
        [context](JobInfo&& info) mutable { net::toWire(info, context.getResults().initInfo()); });
  }

  kj::Promise<void> cancel(CancelContext context) override {
    reactor_.cancel(job_, "cancelled by a client");
    return info(context);
  }

  template <typename Context>
  kj::Promise<void> info(Context context) {
    net::toWire(now(), context.getResults().initInfo());
    return kj::READY_NOW;
  }

  JobInfo now() const {
    std::optional<JobInfo> info = reactor_.find(job_);
    KJ_REQUIRE(info.has_value(), "the job was over long ago and is forgotten");
    return *std::move(info);
  }

  Reactor& reactor_;
  JobId job_;
  std::size_t watches_ = 0;
};

class ClientDesk final : public wire::ClientDesk::Server {
 public:
  explicit ClientDesk(Reactor& reactor) : reactor_(reactor) {}

 private:
  kj::Promise<void> submit(SubmitContext context) override {
    auto params = context.getParams();
    KJ_REQUIRE(params.getRequestId().size() <= kRequestIdBytesMax, "the request id is too long");
    std::string requestId(reinterpret_cast<const char*>(params.getRequestId().begin()),
                          params.getRequestId().size());
    Reactor::Submission submission = reactor_.submit(net::fromWire(params.getSpec()), requestId);
    auto results = context.getResults();
    if (!submission.refusal.empty()) {
      results.initRefusal().setCode(wire::Refusal::Code::LIMIT_REACHED);
      results.getRefusal().setSentence(submission.refusal);
      return kj::READY_NOW;
    }
    results.setId(number(submission.job));
    results.setJob(kj::heap<Job>(reactor_, submission.job));
    return kj::READY_NOW;
  }

  kj::Promise<void> open(OpenContext context) override {
    std::uint64_t asked = context.getParams().getId();
    std::optional<JobInfo> info = reactor_.find(JobId{asked});
    auto results = context.getResults();
    if (!info) {
      results.initRefusal().setCode(wire::Refusal::Code::UNKNOWN_JOB);
      results.getRefusal().setSentence(asked == 0 ? "no job was submitted yet"
                                                  : "there is no job " + std::to_string(asked) +
                                                        "; pi-client list shows those there are");
      return kj::READY_NOW;
    }
    results.setId(number(info->id));
    results.setJob(kj::heap<Job>(reactor_, info->id));
    return kj::READY_NOW;
  }

  kj::Promise<void> list(ListContext context) override {
    std::vector<JobInfo> jobs = reactor_.jobs();
    auto list = context.getResults().initJobs(static_cast<capnp::uint>(jobs.size()));
    for (capnp::uint i = 0; i < list.size(); ++i) net::toWire(jobs[i], list[i]);
    return kj::READY_NOW;
  }

  kj::Promise<void> workers(WorkersContext context) override {
    std::vector<WorkerInfo> workers = reactor_.workers();
    auto list = context.getResults().initWorkers(static_cast<capnp::uint>(workers.size()));
    for (capnp::uint i = 0; i < list.size(); ++i) net::toWire(workers[i], list[i]);
    return kj::READY_NOW;
  }

  kj::Promise<void> stop(StopContext context) override {
    reactor_.stop(context.getParams().getWorkers() ? StopWorkers::kYes : StopWorkers::kNo);
    return kj::READY_NOW;
  }

  Reactor& reactor_;
};

}  // namespace

wire::ClientDesk::Client makeClientDesk(Reactor& reactor) { return kj::heap<ClientDesk>(reactor); }

}  // namespace pi::scheduler
