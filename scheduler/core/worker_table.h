// The workers: who is there, in which state, and how fast.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/worker_info.h"
#include "common/model/worker_policy.h"
#include "scheduler/core/cost.h"
#include "scheduler/core/policy.h"
#include "scheduler/core/strikes.h"
#include "scheduler/core/worker_history.h"

namespace pi::scheduler {

// How fast a worker does one kind of work, all its threads together.
struct Speed {
  std::uint64_t costPerSecond = 1;
  // By a tally of this kind.  Before that the speed is the worker's claim.
  bool isMeasured = false;
};

// The time of a shorter run is too uncertain to measure a speed.
inline constexpr Duration kShortRun = std::chrono::microseconds(100);

struct Worker {
  WorkerId id{};
  WorkerProfile profile{};
  WorkerState state = WorkerState::kActive;
  bool isWaiting = false;           // Its exchange is not answered yet.
  bool isDismissed = false;         // It was told to leave, and is again when it comes back.
  Instant heardAt{};                // The last sign of life.
  Instant progressAt{};             // The last tally, or when it was lent work after having none.
  Instant lostAt{};                 // When its connection was lost, while it is absent.
  Instant connectedAt{};            // When its connection began, while it is connected.
  Duration connectedBefore{};       // In all connections before this one.
  std::optional<Instant> endsAt{};  // Then it drains by itself, as it said when it joined.
  WorkerPolicy policy{};            // As it was told last: see tell() in pace.h.
  // The longest that it was told since it made progress, or since it was heard without work.
  Duration silenceTimeout{};
  Duration roundTrip{};     // A message to it and the answer; at most kRoundTripMax.
  PerKind<Speed> speeds{};  // By indexOf(WorkKind).
  // One thread's, in leases with a limit of threads; see ownSpeed().
  PerKind<Speed> threadSpeeds{};
  WorkKind lastKind{};    // The kind of its last tally.
  bool isProven = false;  // It has finished a lease.
  // It computes so many samples in leases that are small enough to be computed again.
  std::uint64_t doubtedSamples = 0;
  std::uint64_t counted = 0;      // The cost of what was counted.
  std::uint64_t trusted = 0;      // The cost of its largest lease now; it grows with `counted`.
  std::uint64_t speedMax = 0;     // It is not taken for faster, whatever it claims.
  std::uint64_t contributed = 0;  // Samples counted.
  std::uint64_t heard = 0;        // The last of its tallies that came, by its own numbers.
  std::uint64_t committed = 0;    // The last of its tallies that is committed.
  Strikes strikes{};
  QuarantineCause quarantineCause{};
  std::string reason{};  // Why it is quarantined.

  bool isConnected() const {
    return state != WorkerState::kAbsent && state != WorkerState::kQuarantined;
  }
  // How long it was connected, in all its connections.
  Duration connectedTime(Instant now) const {
    return connectedBefore + (isConnected() ? now - connectedAt : Duration{});
  }
  // Its leases may be lent a second time.
  bool isSuspect() const { return state == WorkerState::kSilent || state == WorkerState::kAbsent; }
  // As measured or claimed, in leases with so many threads, as in Lease: 0 means all that it has.
  // Above zero.
  std::uint64_t ownSpeed(WorkKind kind, std::uint32_t threads = 0) const;
  // The same, and no more than what it is trusted with.
  std::uint64_t speed(WorkKind kind, std::uint32_t threads = 0) const {
    return std::min(ownSpeed(kind, threads), speedMax);
  }
  // As WorkerTable::learnSpeed(), for a tally of a lease with a limit of threads.  `costPerThread`:
  // the part that one of them computed.  It says nothing about the worker as a whole.
  void learnThreadSpeed(WorkKind kind, std::uint64_t costPerThread, Duration busy);
};

// Two speeds meet in a worker: the one that it claims or that its tallies show, and the one that it
// is trusted with, by what of it was counted.  The lower one counts, so that a false claim makes no
// other worker's share smaller.  The law: the totals are sums over the workers; waiting() has the
// active workers whose exchange is not answered, longest first; quarantined() has the quarantined
// ones, oldest first.
class WorkerTable {
 public:
  explicit WorkerTable(const TrustPolicy& trust = {}, const HistoryLimits& limits = {})
      : trust_(trust), history_(limits) {}

  // A worker that is not in the table.  Strikes from earlier visits count.
  Worker& add(WorkerId id, const WorkerProfile& profile, Instant now);
  // Its strikes are remembered, since it may come back.
  void remove(WorkerId worker, Instant now);

  Worker* find(WorkerId worker);
  const Worker* find(WorkerId worker) const;
  Worker& get(WorkerId worker);  // The worker must be in the table.
  const Worker& get(WorkerId worker) const;

  // A dismissed worker that would be active is draining instead.
  void setState(Worker& worker, WorkerState state, Instant now);
  void setWaiting(Worker& worker, bool isWaiting);

  // Moves the estimate of a worker's speed at this kind towards what its latest tally shows.  The
  // first tally of a kind replaces the claim.
  void learnSpeed(Worker& worker, WorkKind kind, std::uint64_t cost, Duration busy);
  // So much of the worker was counted: it is trusted with longer leases.
  void noteCounted(Worker& worker, std::uint64_t cost);

  // The sum over the active workers.
  std::uint64_t clusterSpeed(WorkKind kind) const { return totals_.speeds[indexOf(kind)]; }
  // Those that can take a seat of a job, of the active workers.
  std::uint64_t cpuThreads() const { return totals_.cpuThreads; }
  std::size_t suspects() const { return totals_.suspects; }
  std::size_t connected() const { return totals_.connected; }
  const std::deque<WorkerId>& waiting() const { return waiting_; }
  const std::deque<WorkerId>& quarantined() const { return quarantined_; }

  std::map<WorkerId, Worker>& all() { return workers_; }
  const std::map<WorkerId, Worker>& all() const { return workers_; }
  const WorkerHistory& history() const { return history_; }
  void checkInvariants() const;

 private:
  struct Totals {
    PerKind<std::uint64_t> speeds{};
    std::size_t suspects = 0;
    std::size_t connected = 0;
    std::uint64_t cpuThreads = 0;
    bool operator==(const Totals&) const = default;
    void add(const Worker& worker);
    void subtract(const Worker& worker);
  };

  TrustPolicy trust_;
  WorkerHistory history_;
  std::map<WorkerId, Worker> workers_;
  std::map<WorkerId, Strikes> strikes_;  // Strikes of workers that are gone.
  std::deque<WorkerId> waiting_;
  std::deque<WorkerId> quarantined_;
  Totals totals_;
};

}  // namespace pi::scheduler
