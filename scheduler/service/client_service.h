// The scheduler's service for clients: they submit jobs, watch them, wait for them and cancel them.
#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/model/job.h"
#include "common/model/refusal.h"
#include "common/model/scheduler_info.h"
#include "common/model/worker_info.h"
#include "common/model/worker_track.h"
#include "common/net/loop/clock.h"
#include "scheduler/service/audits.h"
#include "scheduler/service/awaited_workers.h"
#include "scheduler/service/core_runner.h"
#include "scheduler/service/elastic_control.h"
#include "scheduler/service/log_tail.h"
#include "scheduler/service/saving.h"
#include "scheduler/service/service_log.h"
#include "scheduler/service/shutdown.h"
#include "scheduler/service/worker_service.h"

namespace pi::scheduler {

class ClientService {
 public:
  ClientService(CoreRunner& runner, ServiceLog& log, Saving& saving, Audits& audits,
                const WorkerService& workers, Shutdown& shutdown);
  KJ_DISALLOW_COPY(ClientService);

  // ---- requests ----

  struct Submitted {
    JobId job{};
    JobUid uid{};
  };
  // Resolves once the job is committed.  The same request id, unless it is empty, means the same
  // job.
  kj::Promise<OrRefusal<Submitted>> submit(const JobSpec& spec, const std::string& requestId);

  // Extends a finished job to `samples` samples in all.  Resolves once this is committed.  The job
  // is named as in find(); the same request id means the same extension of this job.
  struct ExtensionRequest {
    JobId job{};
    JobUid uid{};
    std::uint64_t samples = 0;
    std::string requestId{};
  };
  kj::Promise<OrRefusal<Submitted>> extend(const ExtensionRequest& request);

  // Job 0 is the job submitted last.  With a uid the job must have that one.
  OrRefusal<JobInfo> find(JobId job, const JobUid& uid = {}) const;
  // A page of the jobs with numbers below `before` (0: of all), the newest first.
  struct Page {
    std::vector<JobInfo> jobs;
    bool isLast = false;  // There is no older job.
  };
  Page jobs(JobId before, std::size_t max) const;
  std::size_t jobCount() const { return runner_.core().jobCount(); }
  std::size_t unfinishedJobs() const { return runner_.core().unfinishedJobs(); }
  std::map<JobState, std::uint64_t> jobsByState() const { return runner_.core().jobsByState(); }
  // All workers, and those that were lost a while ago.
  std::vector<WorkerInfo> workers() const { return workers_.list(); }
  // One of them.
  OrRefusal<WorkerInfo> worker(WorkerId worker) const;
  // The history of leases, workers and jobs; valid until the next event.
  History history() const { return runner_.core().history(); }
  // The states over time of the workers with higher numbers, in order, with those that are gone.
  struct Tracks {
    std::vector<WorkerTrackInfo> workers;
    bool isLast = false;  // There is no worker with a higher number.
  };
  Tracks tracks(WorkerId after, std::size_t max) const;
  // The lines that this process logged since this scheduler started.
  const LogTail& logTail() const { return logTail_; }

  // Where peers reach this scheduler.
  struct Whereabouts {
    std::string host{};
    std::uint32_t pid = 0;
    std::vector<std::string> addresses{};
    std::optional<std::string> dashboard{};  // Its URL.
  };
  // `where` answers the question each time, since addresses change.
  void setWhereabouts(kj::Function<Whereabouts()> where) { where_ = kj::mv(where); }
  SchedulerInfo info();
  // A client waits for so many workers, and asks again at least every second.  Refused if the
  // queues can never start as many.
  OrRefusal<Done> awaitWorkers(std::uint64_t workers);
  std::uint64_t workersAwaited() const { return awaited_.count(net::now()); }
  Instant startedAt() const { return startedAt_; }

  // A secret that lets an HTTP client change something: the code of a link, or a program's session.
  enum class ControlFor { kLink, kProgram };
  using OpenControl = kj::Function<std::string(ControlFor)>;
  void setControl(OpenControl open) { openControl_ = kj::mv(open); }
  OrRefusal<std::string> openControl(ControlFor whom);

  // The part that starts workers; null if there is none.
  void setElastic(ElasticControl* elastic) { elastic_ = elastic; }
  ElasticControl* elastic() const { return elastic_; }

  // Resolves once it is committed that the job is over.
  kj::Promise<OrRefusal<JobInfo>> wait(JobId job);

  // Proves from what is saved that each sample of the job is counted once.  Refused until the job
  // is over.
  kj::Promise<OrRefusal<JobAudit>> audit(JobId job);

  // Sets the priority of a job that is not over, at once.  A crash within the next 100 ms may
  // forget it.
  struct Reprioritized {
    JobInfo job;
    bool wasOver = false;  // The job was over before, and is not changed.
  };
  OrRefusal<Reprioritized> setPriority(JobId job, std::int32_t priority);

  // Stops the job now.  Resolves like wait(), or with kNotSaved when nothing can be saved.
  kj::Promise<OrRefusal<JobInfo>> cancel(JobId job, std::string reason);

  // Calls `update` with the job's state at once and then every `period` (at least kWatchPeriodMin),
  // until the job is over or forgotten, or the promise is dropped.  The next call waits until the
  // promise of the last one has resolved; the watch fails if that fails.
  using Update = kj::Function<kj::Promise<void>(const JobInfo&)>;
  kj::Promise<void> watch(JobId job, Duration period, Update update);

  struct Stopped {
    std::optional<std::string> unsaved;  // The reason, if not everything is saved.
    Leftovers left;
  };
  // Stops the scheduler.  Resolves at its end.
  kj::Promise<Stopped> stop(StopWorkers workers);

  // ---- actions of the core ----

  void perform(const action::AcceptJob& accepted);
  void perform(const action::AcceptExtension& accepted);
  void perform(const action::RefuseJob& refused);
  void perform(const action::AnnounceEnd& end);

 private:
  class Waiter;
  class Watch;

  // A place for one more client that waits for its submission; the promise for its answer.
  struct Asking {
    SubmissionId submission{};
    kj::Promise<OrRefusal<Submitted>> answer;
  };
  std::optional<Refusal> whyNotAsked() const;
  // Says how it stands with the workers that the job waits for.
  void addAwaited(JobInfo& job) const;
  Asking ask();
  void answer(SubmissionId submission, OrRefusal<Submitted>&& answer);
  // Answers with the job; nullopt if it was forgotten before the commit.
  std::optional<JobInfo> answerWith(SubmissionId submission, JobId job);

  CoreRunner& runner_;
  ServiceLog& log_;
  Saving& saving_;
  Audits& audits_;
  const WorkerService& workers_;
  Shutdown& shutdown_;
  const LogTail logTail_;
  const Instant startedAt_;
  kj::Maybe<OpenControl> openControl_;  // Null without a dashboard.
  ElasticControl* elastic_ = nullptr;
  AwaitedWorkers awaited_;
  kj::Function<Whereabouts()> where_ = [] { return Whereabouts{}; };
  std::uint64_t lastSubmission_ = 0;
  std::map<SubmissionId, kj::Own<kj::PromiseFulfiller<OrRefusal<Submitted>>>> submitters_;
  // Shared with the waiters: a call that is cancelled ends when the loop next turns, which may be
  // after the end of this object.
  using Waiters = std::multimap<JobId, kj::PromiseFulfiller<OrRefusal<JobInfo>>*>;
  std::shared_ptr<Waiters> waiters_ = std::make_shared<Waiters>();
};

}  // namespace pi::scheduler
