// The scheduler's shell: turns calls into events, and actions into answers and calls.
#pragma once

#include <kj/async.h>
#include <proto/pi.capnp.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/net/alarm.h"
#include "common/net/kj_loop.h"
#include "common/net/rate_limit.h"
#include "scheduler/core/scheduler.h"

namespace pi::scheduler {

// Whether the scheduler that stops takes its workers along.
enum class StopWorkers { kNo, kYes };

class Reactor {
 public:
  Reactor(net::KjLoop& loop, const Config& config);
  KJ_DISALLOW_COPY(Reactor);

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
    std::optional<Refusal> refusal;
  };
  struct Hello {
    std::string identity;  // As given before; empty if never.
    WorkerProfile profile;
    std::vector<Lease> held;
    std::vector<LeaseTally> done;
  };
  Admission admit(const Hello& hello, wire::WorkerControl::Client control);

  // Waits until there is work, unless tallies are brought.  One at a time.
  kj::Promise<std::vector<Lease>> exchange(Seat seat, std::vector<LeaseTally> done);
  void report(Seat seat, std::vector<LeaseTally> done);
  void leave(Seat seat, std::vector<LeaseTally> done);
  void lose(Seat seat);

  // ---- clients ----

  struct Submission {
    JobId job{};
    std::optional<Refusal> refusal;
  };
  // The same request id, unless it is empty, means the same job.
  Submission submit(const JobSpec& spec, const std::string& requestId);
  void cancel(JobId job, std::string reason);
  kj::Promise<JobInfo> wait(JobId job);  // Until it is over; the job must be known.

  // The job submitted last, if `job` is zero.
  std::optional<JobInfo> find(JobId job) const;
  std::vector<JobInfo> jobs() const;
  std::vector<WorkerInfo> workers() const;
  kj::Timer& timer() { return loop_.timer(); }
  const Config& config() const { return config_; }

  // ---- the end ----

  void stop(StopWorkers workers);
  kj::Promise<void> stopped() { return stopped_.addBranch(); }

  // For how long nobody has asked for anything and no job was unfinished.
  Duration idleTime() const;

 private:
  struct Session {
    std::uint64_t serial = 0;
    std::string name;
    wire::WorkerControl::Client control;
    kj::Maybe<kj::Own<kj::PromiseFulfiller<std::vector<Lease>>>> exchange;
  };

  Actions handle(const Event& event);
  void perform(const Action& action);
  void truncate(const action::Truncate& asked);
  void announceEnd(JobId job);
  void note(const std::string& line);
  void stopIfAlone();
  Session* sessionOf(Seat seat);
  void expectSeat(Seat seat);

  net::KjLoop& loop_;
  Config config_;
  Scheduler core_;
  net::Alarm alarm_;
  std::map<WorkerId, Session> sessions_;
  std::map<std::string, WorkerId> identities_;
  std::map<WorkerId, std::string> identityOf_;
  std::uint64_t workersSeen_ = 0;
  std::uint64_t seats_ = 0;
  std::map<std::string, JobId> requests_;
  std::deque<std::string> requestsInOrder_;
  std::multimap<JobId, kj::Own<kj::PromiseFulfiller<JobInfo>>> waiters_;
  net::RateLimit notes_;
  net::RateLimit dropLogs_;
  Instant busyAt_;
  bool isStopping_ = false;
  kj::Own<kj::PromiseFulfiller<void>> stopFulfiller_;
  kj::ForkedPromise<void> stopped_;

  // Last, so that no call outlives what it reports to.
  class IgnoreFailures final : public kj::TaskSet::ErrorHandler {
    void taskFailed(kj::Exception&&) override {}
  };
  IgnoreFailures ignoreFailures_;
  kj::TaskSet calls_;
};

}  // namespace pi::scheduler
