// Counts each event, action and fault, so that a test can see that all of them happen.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "common/model/lease_record.h"
#include "scheduler/core/action.h"
#include "scheduler/core/event.h"
#include "tests/simulation/fault.h"
#include "tests/simulation/metrics_check.h"
#include "worker/core/action.h"
#include "worker/core/event.h"

namespace pi::simulation {

// One counter for each alternative of a variant.
template <typename Variant>
struct CountsOf {
  std::array<std::uint64_t, std::variant_size_v<Variant>> counts{};

  void add(const Variant& value) { ++counts[value.index()]; }
  void add(const CountsOf& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
  }
};

struct Counts {
  CountsOf<scheduler::Event> schedulerEvents;
  CountsOf<scheduler::Action> schedulerActions;
  CountsOf<worker::Event> workerEvents;
  CountsOf<worker::Action> workerActions;
  std::array<std::uint64_t, kFaultCount> faults{};
  scheduler::Metrics metrics{};  // Counted by the core of the scheduler.
  // Leases that ended, by LeaseOutcome.
  std::array<std::uint64_t, kLeaseOutcomes> leaseEnds{};

  void add(Fault fault) { ++faults[static_cast<std::size_t>(fault)]; }
  std::uint64_t of(Fault fault) const { return faults[static_cast<std::size_t>(fault)]; }
  void add(const Counts& other) {
    schedulerEvents.add(other.schedulerEvents);
    schedulerActions.add(other.schedulerActions);
    workerEvents.add(other.workerEvents);
    workerActions.add(other.workerActions);
    for (std::size_t i = 0; i < kFaultCount; ++i) faults[i] += other.faults[i];
    simulation::add(metrics, other.metrics);
    for (std::size_t i = 0; i < leaseEnds.size(); ++i) leaseEnds[i] += other.leaseEnds[i];
  }
};

}  // namespace pi::simulation
