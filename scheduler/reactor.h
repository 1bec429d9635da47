// The scheduler's shell: turns calls into events, and actions into answers and calls.
#pragma once

#include <kj/async.h>
#include <kj/function.h>
#include <proto/pi.capnp.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/rate_limit.h"
#include "common/net/loop/alarm.h"
#include "common/net/loop/kj_loop.h"
#include "scheduler/core/scheduler.h"
#include "scheduler/ignore_failures.h"
#include "scheduler/tickets.h"

namespace pi::scheduler {

// A scheduler that is told to stop takes so long at the most: neither a worker that hangs nor a
// disk that does not take the last changes keeps it alive.
inline constexpr Duration kStopMax = std::chrono::seconds(15);

// Whether the scheduler that stops takes its workers along.
enum class StopWorkers { kNo, kYes };

class Reactor {
 public:
  // What the scheduler before this one has left: its jobs, and the secret of its tickets.  Without
  // a secret a new one is made, and its tickets are good for as long as this object lives.
  struct Inheritance {
    Saved saved;
    std::string secret;
  };
  Reactor(net::KjLoop& loop, const Config& config, const Inheritance& inheritance = {});
  KJ_DISALLOW_COPY(Reactor);

  // Where changes are to be saved, if anywhere; to be set before anything happens.  One batch at a
  // time: `saved` tells what has become of it, with a sentence if it failed and is tried again.
  void saveTo(kj::Function<void(Changes)> save) { save_ = kj::mv(save); }
  void saved(const std::string& failure);

  // ---- workers ----

  // A worker's seat, for as long as its connection lasts.  A worker that joins again gets a new
  // one, and whoever still holds the old one speaks for nobody.
  struct Seat {
    WorkerId worker{};
    std::uint64_t serial = 0;
  };
  // Why something was not granted.
  struct Refusal {
    wire::Refusal::Code code = wire::Refusal::Code::NONE;
    std::string sentence;
  };
  struct Admission {
    Seat seat;
    std::string identity;
    std::vector<LeaseId> forget;
    std::uint64_t committed = 0;
    std::optional<Refusal> refusal;
  };
  struct Hello {
    std::string identity;  // As given before; empty if never.
    WorkerProfile profile;
    std::vector<Lease> lent;
    std::vector<LeaseRest> held;
    std::vector<LeaseTally> done;
  };
  Admission admit(Hello hello, wire::WorkerControl::Client control);

  struct Lent {
    std::vector<Lease> leases;
    std::uint64_t committed = 0;  // Up to which of the worker's tallies.
  };
  // Waits until there is work, unless tallies are brought.  One at a time.
  kj::Promise<Lent> exchange(Seat seat, std::vector<LeaseTally> done);
  // Returns up to which of the worker's tallies all are committed.
  std::uint64_t report(Seat seat, std::vector<LeaseTally> done);
  kj::Promise<void> leave(Seat seat, std::vector<LeaseTally> done);  // Until that is committed.
  void lose(Seat seat);

  // ---- clients ----

  struct Submission {
    JobId job{};
    JobUid uid{};
    std::optional<Refusal> refusal{};
  };
  // The same request id, unless it is empty, means the same job.  Answered once that is committed.
  kj::Promise<Submission> submit(const JobSpec& spec, const std::string& requestId);
  // Until its end is committed; fails with a sentence if that cannot be now.
  kj::Promise<JobInfo> cancel(JobId job, std::string reason);
  kj::Promise<JobInfo> wait(JobId job);  // Until its end is committed; the job must be known.

  // The job submitted last, if `job` is zero.
  std::optional<JobInfo> find(JobId job) const;
  std::vector<JobInfo> jobs() const;
  bool hasUnfinishedJobs() const { return core_.hasUnfinishedJobs(); }
  std::vector<WorkerInfo> workers() const;
  kj::Timer& timer() { return loop_.timer(); }
  const Config& config() const { return config_; }

  // ---- the end ----

  // Everything is committed first, as far as the disk lets it.
  void stop(StopWorkers workers);
  // Then: why not everything is saved, in one sentence; empty if it is.
  const std::string& unsaved() const { return unsaved_; }
  // Resolves at the end, after which nothing is saved any more.
  kj::Promise<void> stopped() { return stopped_.addBranch(); }

  // For how long nobody has asked for anything and no job was unfinished.
  Duration idleTime() const;

  // Aborts when a belief about the scheduler's core is false.
  void checkInvariants() const { core_.checkInvariants(); }

 private:
  class Waiting;
  struct Session {
    std::uint64_t serial = 0;
    std::string name;
    wire::WorkerControl::Client control;
    kj::Maybe<kj::Own<kj::PromiseFulfiller<Lent>>> exchange;
  };

  Actions handle(const Event& event);
  void perform(const action::Welcome& welcome);
  void perform(const action::Lend& lend);
  void perform(const action::Truncate& asked);
  void perform(const action::Drain& drain);
  void perform(const action::ForgetWorker& gone);
  void perform(const action::ReleaseWorker& released);
  void perform(const action::Quarantine& quarantined);
  void perform(const action::AcceptJob& accepted);
  void perform(const action::RefuseJob& refused);
  void perform(const action::AnnounceEnd& end);
  void perform(action::Commit& commit);
  void perform(const action::DropTally& drop);
  void answer(SubmissionId submission, Submission&& answer);
  void keepGenuine(WorkerId worker, std::vector<Lease>& leases);
  void note(const std::string& line);
  void expectToSave();
  void dismissWorkers();
  void stopWhenReady();
  void end();
  Session* sessionOf(Seat seat);
  void expectSeat(Seat seat);

  net::KjLoop& loop_;
  Config config_;
  Scheduler core_;
  net::Alarm alarm_;
  std::map<WorkerId, Session> sessions_;
  Tickets tickets_;
  kj::Maybe<kj::Function<void(Changes)>> save_;
  std::string saveFailure_;  // Why nothing can be saved now; empty if it can.
  kj::Own<kj::PromiseFulfiller<std::string>> saveFailed_;
  kj::ForkedPromise<std::string> saveFailing_;  // Resolves with the first failure.
  std::uint64_t lastWorker_;
  std::uint64_t seats_ = 0;
  std::uint64_t submissions_ = 0;
  std::map<SubmissionId, kj::Own<kj::PromiseFulfiller<Submission>>> submitters_;
  std::map<WorkerId, kj::Own<kj::PromiseFulfiller<void>>> leavers_;
  std::multimap<JobId, kj::PromiseFulfiller<JobInfo>*> waiters_;
  RateLimit notes_;
  RateLimit dropLogs_;
  Instant busyAt_;
  bool isStopping_ = false;
  bool takesWorkersAlong_ = false;
  bool hasEnded_ = false;
  std::string unsaved_;
  kj::Own<kj::PromiseFulfiller<void>> stopFulfiller_;
  kj::ForkedPromise<void> stopped_;

  // Last, so that no call outlives what it reports to.
  IgnoreFailures ignoreFailures_;
  kj::TaskSet calls_;
};

}  // namespace pi::scheduler
