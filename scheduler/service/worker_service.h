// The scheduler's service for workers: they join, take leases, report tallies and leave.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/model/refusal.h"
#include "common/model/worker_info.h"
#include "scheduler/service/core_runner.h"
#include "scheduler/service/ignore_failures.h"
#include "scheduler/service/lost_workers.h"
#include "scheduler/service/service_log.h"
#include "scheduler/service/tickets.h"
#include "scheduler/service/worker_control.h"

namespace pi::scheduler {

// A worker's session lasts as long as its connection.  A worker that joins again gets a new
// session, and calls by the old one are refused.
struct SessionId {
  WorkerId worker{};
  std::uint64_t serial = 0;
};

class WorkerService {
 public:
  // `epoch` counts the schedulers that had this state directory before.
  WorkerService(CoreRunner& runner, ServiceLog& log, std::uint64_t epoch, Tickets tickets);
  KJ_DISALLOW_COPY(WorkerService);

  // ---- requests ----

  struct Hello {
    std::string identity{};      // From an earlier join; empty at the first one.
    std::uint64_t lastJoin = 0;  // The serial of the last session that the worker knows of.
    WorkerProfile profile{};
    std::vector<Lease> lent{};
    std::vector<LeaseRest> held{};
    std::vector<LeaseTally> done{};
    std::optional<Duration> timeLeft{};  // Then it drains by itself.
  };
  struct Joined {
    SessionId session;
    std::string identity;
    std::vector<LeaseId> forget;  // Held leases that are no longer this worker's.
    std::uint64_t committed = 0;  // All tallies up to this one, by the worker's numbers.
    WorkerPolicy policy{};
  };
  OrRefusal<Joined> join(Hello hello, kj::Own<WorkerControl> control);

  struct Lent {
    std::vector<Lease> leases;
    std::uint64_t committed = 0;
    WorkerPolicy policy{};
  };
  // Waits until there is work, unless it brings tallies.  One call at a time.
  kj::Promise<OrRefusal<Lent>> exchange(SessionId session, std::vector<LeaseTally> done,
                                        Duration roundTrip = {});

  struct Receipt {
    std::uint64_t committed = 0;
    WorkerPolicy policy{};
  };
  OrRefusal<Receipt> report(SessionId session, std::vector<LeaseTally> done);

  // Resolves once all tallies of the worker are committed.
  kj::Promise<OrRefusal<Done>> leave(SessionId session, std::vector<LeaseTally> done);

  // The session's connection is over.
  void lose(SessionId session);

  // False once the worker has left, or has joined again by another connection.
  bool isCurrent(SessionId session) { return find(session) != nullptr; }

  // Asks the worker to finish the work in hand and leave, as a signal to it would.
  void drain(WorkerId worker);

  // All workers, and after them those that were lost a while ago.
  std::vector<WorkerInfo> list() const;

  // ---- the end ----

  // kRunning: all requests are granted.  kDismissing: no worker may join.  kStopping: nothing is
  // granted, because tallies that are counted have to be committed before the end.
  enum class Phase { kRunning, kDismissing, kStopping };
  void enter(Phase phase) { phase_ = phase; }
  void announceRestart();
  std::size_t count() const { return sessions_.size(); }

  // ---- actions of the core ----

  void perform(const action::Lend& lend);
  void perform(const action::Truncate& asked);
  void perform(const action::Drain& asked);
  void perform(const action::ForgetWorker& gone);
  void perform(const action::ReleaseWorker& released);
  void perform(const action::Quarantine& quarantined);
  void perform(const action::DropTally& drop);
  void perform(const action::ConfirmTally& right);

 private:
  template <typename Result>
  using Fulfiller = kj::Own<kj::PromiseFulfiller<OrRefusal<Result>>>;
  struct Session {
    std::uint64_t serial = 0;
    std::string name;
    bool hasCalled = false;  // So the worker knows this session.
    kj::Own<WorkerControl> control;
    kj::Maybe<Fulfiller<Lent>> exchange;
  };

  void keepGenuine(WorkerId worker, Hello& hello);
  Session* find(SessionId session);
  // Notes that the worker has called.  Returns why the call is refused, if it is.
  std::optional<Refusal> takeCall(SessionId session);
  bool hasDouble(WorkerId worker, std::uint64_t lastJoin);
  void end(WorkerId worker, const std::string& reason);

  CoreRunner& runner_;
  ServiceLog& log_;
  Tickets tickets_;
  Phase phase_ = Phase::kRunning;
  std::uint64_t lastWorker_;
  std::uint64_t lastSerial_;
  std::map<WorkerId, Session> sessions_;
  std::map<WorkerId, Fulfiller<Done>> leaving_;
  LostWorkers lost_;

  // Last, so that no call outlives what it reports to.
  IgnoreFailures ignoreFailures_;
  kj::TaskSet calls_;
};

}  // namespace pi::scheduler
