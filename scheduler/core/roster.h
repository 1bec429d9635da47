// The workers: who is there, how fast they are, and what they hold.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/worker_info.h"

namespace pi::scheduler {

struct HeldLease {
  JobId job{};
  LeaseId lease{};
  Instant lentAt{};
  bool isBegun = false;    // Some of it is counted.
  bool hasLapsed = false;  // It is one of its holder's failures.
};

// What speaks against a worker.
struct Strikes {
  std::uint32_t lies = 0;      // Reports of what cannot be.
  std::uint32_t failures = 0;  // How often it let its leases lapse since it finished one.
};

struct Worker {
  WorkerId id{};
  WorkerProfile profile{};
  WorkerState state = WorkerState::kActive;
  std::vector<HeldLease> held{};  // In the order in which they were lent.
  bool isWaiting = false;         // Its exchange is not answered yet.
  bool isDismissed = false;       // It was told to leave.
  std::size_t truncations = 0;    // Asked of it and not answered yet.
  Instant heardAt{};              // Any sign of life.
  Instant progressAt{};           // Its last tally, or when it was lent work after having none.
  Instant lostAt{};               // When its connection was lost, while it is absent.
  std::uint64_t speed = 1;        // Samples per second, all threads together, ...
  bool isMeasured = false;        // ... by its tallies, and not only as it claims.
  std::uint64_t contributed = 0;  // Samples counted.
  std::uint64_t heard = 0;        // The last of its tallies that came, by its own numbers, ...
  std::uint64_t committed = 0;    // ... and the last one that is committed.
  Strikes strikes{};
  std::string reason{};  // Why it is quarantined.

  bool isConnected() const {
    return state != WorkerState::kAbsent && state != WorkerState::kQuarantined;
  }
  // Its leases may be lent a second time.
  bool isDoubtful() const { return state == WorkerState::kSilent || state == WorkerState::kAbsent; }
};

class Roster {
 public:
  Worker& add(Worker worker);  // Its id must be new, or that of one that was removed.
  // What spoke against it is remembered, since it may come back.
  void remove(WorkerId worker);
  Worker* find(WorkerId worker);

  void setState(Worker& worker, WorkerState state);

  // Moves the estimate of a worker's speed towards what its latest tally shows; the first one
  // replaces what it claimed.
  void learnSpeed(Worker& worker, std::uint64_t samples, Duration busy);

  // The sum over the workers that may be lent to.
  std::uint64_t clusterSpeed() const { return clusterSpeed_; }
  std::size_t doubtful() const { return doubtful_; }
  std::size_t connected() const { return connected_; }

  std::map<WorkerId, Worker>& all() { return workers_; }
  const std::map<WorkerId, Worker>& all() const { return workers_; }
  void checkInvariants() const;

 private:
  void enter(const Worker& worker);
  void leave(const Worker& worker);

  std::map<WorkerId, Worker> workers_;
  std::map<WorkerId, Strikes> strikes_;  // Of those that are gone.
  std::uint64_t clusterSpeed_ = 0;
  std::size_t doubtful_ = 0;
  std::size_t connected_ = 0;
};

}  // namespace pi::scheduler
