#include "scheduler/rpc/client_desk.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/wire/audit.h"
#include "common/wire/history.h"
#include "common/wire/queues.h"
#include "common/wire/wire.h"
#include "scheduler/limits.h"
#include "scheduler/rpc/refused_call.h"

namespace pi::scheduler {
namespace {

[[noreturn]] void refuseLimit(std::string sentence) {
  kj::throwFatalException(
      refusedCall({.code = RefusalCode::kLimitReached, .sentence = std::move(sentence)}));
}

template <typename Value, typename List>
void listToWire(const std::vector<Value>& from, List to) {
  for (capnp::uint i = 0; i < to.size(); ++i) toWire(from[i], to[i]);
}

// A client's watch of a job; ends when the client drops it.
class Subscription final : public wire::Subscription::Server {
 public:
  Subscription(ClientService& service, JobId job, wire::Watcher::Client watcher, Duration period,
               kj::Own<PeerSession> session)
      : place_(kj::heap<Place>(kj::mv(session))) {
    auto update = [watcher = kj::mv(watcher)](const JobInfo& info) mutable {
      auto request = watcher.updateRequest();
      toWire(info, request.initInfo());
      return request.send().ignoreResult();
    };
    // Fails when the watcher is gone.  A watch that has ended takes no place, even if the client
    // still holds it.
    updates_ = service.watch(job, period, kj::mv(update))
                   .catch_([](kj::Exception&&) {})
                   .then([this] { place_ = nullptr; })
                   .eagerlyEvaluate(nullptr);
  }
  KJ_DISALLOW_COPY(Subscription);

 private:
  // One of the watches that a connection may have.
  class Place {
   public:
    explicit Place(kj::Own<PeerSession> session) : session_(kj::mv(session)) {
      ++session_->watches;
    }
    KJ_DISALLOW_COPY(Place);
    ~Place() { --session_->watches; }

   private:
    kj::Own<PeerSession> session_;
  };

  kj::Own<Place> place_;
  kj::Promise<void> updates_ = nullptr;
};

class Job final : public wire::Job::Server {
 public:
  Job(ClientService& service, JobId job, kj::Own<PeerSession> session)
      : service_(service), job_(job), session_(kj::mv(session)) {
    if (session_->openJobs >= kOpenJobsMax) {
      refuseLimit("this connection has " + std::to_string(kOpenJobsMax) +
                  " jobs open (limit); close one, or connect again");
    }
    ++session_->openJobs;
  }
  ~Job() noexcept(false) { --session_->openJobs; }
  KJ_DISALLOW_COPY(Job);

 private:
  kj::Promise<void> info(InfoContext context) override {
    toWire(grantedOrThrow(service_.find(job_)), context.getResults().initInfo());
    return kj::READY_NOW;
  }

  kj::Promise<void> watch(WatchContext context) override {
    if (session_->watches >= kWatchesMax) {
      refuseLimit("this connection watches " + std::to_string(kWatchesMax) +
                  " jobs (limit); end one watch, or connect again");
    }
    constexpr auto kPeriodMax = static_cast<std::uint64_t>(kWatchPeriodMax.count());
    auto params = context.getParams();
    Duration period{static_cast<Duration::rep>(
        std::min(std::uint64_t{params.getMinPeriodNanoseconds()}, kPeriodMax))};
    context.getResults().setSubscription(
        kj::heap<Subscription>(service_, job_, params.getWatcher(), period, kj::addRef(*session_)));
    return kj::READY_NOW;
  }

  kj::Promise<void> wait(WaitContext context) override {
    context.allowCancellation();
    return answer(context, service_.wait(job_));
  }

  kj::Promise<void> cancel(CancelContext context) override {
    context.allowCancellation();
    std::string reason = reasonFromWire(context.getParams().getReason());
    if (reason.empty()) reason = "cancelled by a client";
    context.getResults().setWasOver(isOver(grantedOrThrow(service_.find(job_)).state));
    return answer(context, service_.cancel(job_, reason));
  }

  kj::Promise<void> setPriority(SetPriorityContext context) override {
    auto changed = grantedOrThrow(service_.setPriority(job_, context.getParams().getPriority()));
    toWire(changed.job, context.getResults().initInfo());
    context.getResults().setWasOver(changed.wasOver);
    return kj::READY_NOW;
  }

  kj::Promise<void> convergence(ConvergenceContext context) override {
    std::vector<ConvergencePoint> points = history().convergence.points();
    std::uint32_t after = context.getParams().getAfter();
    std::erase_if(points, [after](const ConvergencePoint& point) { return point.number <= after; });
    listToWire(points, context.getResults().initPoints(capnp::uint(points.size())));
    return kj::READY_NOW;
  }

  kj::Promise<void> throughput(ThroughputContext context) override {
    const Throughput& known = history().throughput;
    toWire(ThroughputParts{.begin = known.begin(), .width = known.width(), .parts = known.parts()},
           context.getResults().initThroughput());
    return kj::READY_NOW;
  }

  kj::Promise<void> endedLeases(EndedLeasesContext context) override {
    const JobHistory& known = history();
    auto results = context.getResults();
    results.setRestored(samplesOf(known.restored));
    results.setForgotten(samplesOf(known.evicted));
    setPage(results, service_.history().leases().endedOf(job_, context.getParams().getAfter(),
                                                         kLeasesPerPageMax + 1));
    return kj::READY_NOW;
  }

  kj::Promise<void> runningLeases(RunningLeasesContext context) override {
    static_cast<void>(history());  // Refuses an unknown job.
    setPage(context.getResults(),
            service_.history().runningOf(job_, LeaseId{context.getParams().getAfter()},
                                         kLeasesPerPageMax + 1));
    return kj::READY_NOW;
  }

  kj::Promise<void> audit(AuditContext context) override {
    context.allowCancellation();
    return service_.audit(job_).then([context](OrRefusal<JobAudit>&& granted) mutable {
      toWire(grantedOrThrow(kj::mv(granted)), context.getResults().initAudit());
    });
  }

  const JobHistory& history() const {
    grantedOrThrow(service_.find(job_));  // Refuses an unknown job.
    return *service_.history().job(job_);
  }

  static std::uint64_t samplesOf(const Counted& counted) {
    return std::accumulate(counted.samples.begin(), counted.samples.end(), std::uint64_t{0});
  }

  // `found` has one more than the page if there is a next page.
  template <typename Results>
  static void setPage(Results results, std::vector<LeaseRecord> found) {
    results.setIsLast(found.size() <= kLeasesPerPageMax);
    if (found.size() > kLeasesPerPageMax) found.resize(kLeasesPerPageMax);
    listToWire(found, results.initLeases(capnp::uint(found.size())));
  }

  template <typename Context>
  static kj::Promise<void> answer(Context& context, kj::Promise<OrRefusal<JobInfo>> info) {
    return info.then([context](OrRefusal<JobInfo>&& granted) mutable {
      toWire(grantedOrThrow(kj::mv(granted)), context.getResults().initInfo());
    });
  }

  ClientService& service_;
  JobId job_;
  kj::Own<PeerSession> session_;
};

class ClientDesk : public virtual wire::ClientDesk::Server {
 public:
  ClientDesk(ClientService& service, kj::Own<PeerSession> session)
      : service_(service), session_(kj::mv(session)) {}

 private:
  kj::Promise<void> submit(SubmitContext context) override {
    auto params = context.getParams();
    std::string requestId = requestIdFrom(params.getRequestId());
    context.allowCancellation();
    return answer(context, service_.submit(fromWire(params.getSpec()), requestId));
  }

  kj::Promise<void> extend(ExtendContext context) override {
    auto params = context.getParams();
    ClientService::ExtensionRequest request{.job = JobId{params.getId()},
                                            .uid = fromWire(params.getUid()),
                                            .samples = samplesFromWire(params.getSamples()),
                                            .requestId = requestIdFrom(params.getRequestId())};
    context.allowCancellation();
    return answer(context, service_.extend(request));
  }

  static std::string requestIdFrom(capnp::Data::Reader bytes) {
    if (bytes.size() > kRequestIdBytesMax) {
      refuseLimit("the request id is longer than " + std::to_string(kRequestIdBytesMax) +
                  " bytes (limit); use a shorter one");
    }
    return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
  }

  template <typename Context>
  kj::Promise<void> answer(Context context,
                           kj::Promise<OrRefusal<ClientService::Submitted>> asked) {
    return asked.then([this, context](OrRefusal<ClientService::Submitted>&& answer) mutable {
      if (const auto* refusal = std::get_if<Refusal>(&answer)) {
        toWire(*refusal, context.getResults().initRefusal());
      } else {
        const auto& submitted = std::get<ClientService::Submitted>(answer);
        handOut(submitted.job, submitted.uid, context.getResults());
      }
    });
  }

  kj::Promise<void> open(OpenContext context) override {
    auto params = context.getParams();
    OrRefusal<JobInfo> answer = service_.find(JobId{params.getId()}, fromWire(params.getUid()));
    if (const auto* refusal = std::get_if<Refusal>(&answer)) {
      toWire(*refusal, context.getResults().initRefusal());
    } else {
      const auto& info = std::get<JobInfo>(answer);
      handOut(info.id, info.uid, context.getResults());
    }
    return kj::READY_NOW;
  }

  kj::Promise<void> list(ListContext context) override {
    auto params = context.getParams();
    ClientService::Page page = service_.jobs(JobId{params.getBefore()}, params.getMax());
    listToWire(page.jobs, context.getResults().initJobs(capnp::uint(page.jobs.size())));
    context.getResults().setIsLast(page.isLast);
    return kj::READY_NOW;
  }

  kj::Promise<void> workers(WorkersContext context) override {
    std::vector<WorkerInfo> workers = service_.workers();
    listToWire(workers, context.getResults().initWorkers(capnp::uint(workers.size())));
    return kj::READY_NOW;
  }

  kj::Promise<void> info(InfoContext context) override {
    OrRefusal<Done> answer = service_.awaitWorkers(context.getParams().getWorkersAwaited());
    if (const auto* refusal = std::get_if<Refusal>(&answer)) {
      context.getResults().setWhyNever(refusal->sentence.c_str());
    }
    toWire(service_.info(), context.getResults().initInfo());
    return kj::READY_NOW;
  }

  kj::Promise<void> tracks(TracksContext context) override {
    ClientService::Tracks page =
        service_.tracks(WorkerId{context.getParams().getAfter()}, kTracksPerPageMax);
    listToWire(page.workers, context.getResults().initTracks(capnp::uint(page.workers.size())));
    context.getResults().setIsLast(page.isLast);
    return kj::READY_NOW;
  }

  kj::Promise<void> log(LogContext context) override {
    std::size_t max = context.getParams().getMax();
    std::vector<LogLine> lines = service_.logTail().linesAfter(context.getParams().getAfter(),
                                                               max == 0 ? kLogLinesKept : max);
    listToWire(lines, context.getResults().initLines(capnp::uint(lines.size())));
    return kj::READY_NOW;
  }

  kj::Promise<void> openControl(OpenControlContext context) override {
    using For = ClientService::ControlFor;
    bool isForProgram = context.getParams().getForProgram();
    OrRefusal<std::string> opened = service_.openControl(isForProgram ? For::kProgram : For::kLink);
    if (const auto* refusal = std::get_if<Refusal>(&opened)) {
      toWire(*refusal, context.getResults().initRefusal());
    } else {
      context.getResults().setSecret(std::get<std::string>(opened).c_str());
    }
    return kj::READY_NOW;
  }

  kj::Promise<void> stop(StopContext context) override {
    bool workersToo = context.getParams().getWorkers();
    context.allowCancellation();
    return service_.stop(workersToo ? StopWorkers::kYes : StopWorkers::kNo)
        .then([context](const ClientService::Stopped& stopped) mutable {
          auto results = context.getResults();
          results.setFailure(stopped.unsaved.value_or("").c_str());
          results.setUnfinishedJobs(stopped.left.unfinishedJobs);
          results.setWaitingWorkers(stopped.left.waitingWorkers);
        });
  }

  // Answers a call that opens a job.
  template <typename Results>
  void handOut(JobId job, const JobUid& uid, Results results) {
    results.setId(number(job));
    results.setUid(toWire(uid));
    results.setJob(kj::heap<Job>(service_, job, kj::addRef(*session_)));
  }

  ClientService& service_;
  kj::Own<PeerSession> session_;
};

class OwnerDesk final : public virtual wire::OwnerDesk::Server, public ClientDesk {
 public:
  OwnerDesk(ClientService& service, kj::Own<PeerSession> session)
      : ClientDesk(service, kj::mv(session)), service_(service) {}

 private:
  kj::Promise<void> queues(QueuesContext context) override {
    std::vector<QueueInfo> queues;
    if (service_.elastic() != nullptr) {
      queues = service_.elastic()->queues(ElasticControl::Detail::kAllocations);
    }
    listToWire(queues, context.getResults().initQueues(capnp::uint(queues.size())));
    return kj::READY_NOW;
  }

  kj::Promise<void> pauseQueue(PauseQueueContext context) override {
    std::string reason = reasonFromWire(context.getParams().getReason());
    if (reason.empty()) reason = "its owner has paused it";
    if (auto refusal = order([&](ElasticControl& elastic) {
          return elastic.pause(context.getParams().getQueue(), reason);
        })) {
      toWire(*refusal, context.getResults().initRefusal());
    }
    return kj::READY_NOW;
  }

  kj::Promise<void> resumeQueue(ResumeQueueContext context) override {
    if (auto refusal = order([&](ElasticControl& elastic) {
          return elastic.resume(context.getParams().getQueue());
        })) {
      toWire(*refusal, context.getResults().initRefusal());
    }
    return kj::READY_NOW;
  }

  kj::Promise<void> dryRun(DryRunContext context) override {
    std::vector<std::string> commands;
    if (auto refusal = order([&](ElasticControl& elastic) -> OrRefusal<Done> {
          commands = elastic.dryRun();
          return Done{};
        })) {
      toWire(*refusal, context.getResults().initRefusal());
    }
    auto results = context.getResults().initCommands(capnp::uint(commands.size()));
    for (capnp::uint i = 0; i < results.size(); ++i) results.set(i, commands[i].c_str());
    return kj::READY_NOW;
  }

  // Gives the order to the part that starts workers.  Returns why it is not carried out.
  template <typename Order>
  std::optional<Refusal> order(Order give) {
    if (service_.elastic() == nullptr) {
      return Refusal{.code = RefusalCode::kBadRequest,
                     .sentence = "this scheduler starts no workers; start it with --elastic"};
    }
    OrRefusal<Done> answer = give(*service_.elastic());
    const auto* refusal = std::get_if<Refusal>(&answer);
    return refusal == nullptr ? std::nullopt : std::optional(*refusal);
  }

  ClientService& service_;
};

}  // namespace

wire::ClientDesk::Client makeClientDesk(ClientService& service, kj::Own<PeerSession> session) {
  return kj::heap<ClientDesk>(service, kj::mv(session));
}

wire::OwnerDesk::Client makeOwnerDesk(ClientService& service, kj::Own<PeerSession> session) {
  return kj::heap<OwnerDesk>(service, kj::mv(session));
}

}  // namespace pi::scheduler
