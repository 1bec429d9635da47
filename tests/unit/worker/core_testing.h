// A worker's core with a clock that tests set, for tests that tell a story.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "worker/core/worker.h"

namespace pi::worker {

template <typename Wanted>
std::vector<Wanted> only(const Actions& actions) {
  std::vector<Wanted> found;
  for (const Action& action : actions) {
    if (const auto* wanted = std::get_if<Wanted>(&action)) found.push_back(*wanted);
  }
  return found;
}

inline Lease leaseOf(std::uint64_t id, SampleRange range) {
  return {.id = LeaseId{id}, .job = JobId{1}, .stream = {}, .range = range};
}

// A span in which every sample is a hit and takes a millisecond.
inline LeaseTally spanOf(std::uint64_t lease, SampleRange range) {
  return {.lease = LeaseId{lease},
          .job = JobId{1},
          .tally = {.range = range, .hits = {.strata = {range.size()}}},
          .busy = std::chrono::milliseconds(range.size())};
}

// The tallies without the numbers that the outbox gave them.
inline std::vector<LeaseTally> unnumbered(std::vector<LeaseTally> tallies) {
  for (LeaseTally& tally : tallies) tally.sequence = 0;
  return tallies;
}

class Story {
 public:
  explicit Story(const Config& config = {}) : core_(config, 1000, now_) {
    CHECK(only<action::Connect>(core_.start()).size() == 1);
  }

  // The actions' tallies have no numbers: the tests of the outbox check these.
  Actions handle(const Event& event) {
    Actions actions = core_.handle(event, now_);
    core_.checkInvariants();
    for (Action& action : actions) {
      std::visit(
          [](auto& wanted) {
            if constexpr (requires { wanted.done; }) wanted.done = unnumbered(wanted.done);
          },
          action);
    }
    return actions;
  }

  // Lets time pass, with one tick at the end.
  Actions pass(Duration duration) {
    now_ += duration;
    return handle(event::Tick{});
  }

  // Lets time pass, with a tick whenever the core wants one; every attempt to connect fails.
  Actions passAlone(Duration duration) {
    using std::chrono::milliseconds;
    Actions all;
    for (Instant until = now_ + duration; now_ < until;) {
      Duration wanted = core_.wakeAt().value_or(until) - now_;
      Duration step = std::clamp<Duration>(wanted, milliseconds(1), milliseconds(500));
      Actions actions = pass(std::min<Duration>(until - now_, step));
      if (!only<action::Connect>(actions).empty()) handle(event::Disconnected{});
      all.insert(all.end(), actions.begin(), actions.end());
    }
    return all;
  }

  Actions connect() {
    handle(event::Reached{});
    return handle(event::Connected{});
  }

  static WorkerPolicy policy() {
    return {.prefetch = std::chrono::milliseconds(20), .heartbeat = std::chrono::seconds(1)};
  }

  // Connects and joins.  The exchange that follows is not answered.
  Actions join(std::vector<LeaseId> forget = {}) {
    connect();
    return handle(event::Joined{.policy = policy(), .forget = std::move(forget)});
  }
  Actions lend(std::uint64_t id, SampleRange range, std::uint64_t committed = 0) {
    return handle(event::LeasesLent{.leases = {leaseOf(id, range)}, .committed = committed});
  }
  Actions span(std::uint64_t lease, SampleRange range) {
    return handle(event::SpanComputed{spanOf(lease, range)});
  }

  const Worker& core() const { return core_; }
  Instant now() const { return now_; }

 private:
  Instant now_ = Instant{} + std::chrono::hours(1);
  Worker core_;
};

}  // namespace pi::worker
