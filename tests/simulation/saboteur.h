// Makes the faults of the plan happen, each at its time, and ends them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tests/simulation/plan.h"
#include "tests/simulation/random.h"

namespace pi::simulation {

struct World;
class WorkerProcess;

class Saboteur {
 public:
  explicit Saboteur(World& world) : world_(world) {}

  void start();

  // How long the healthy workers needed, when the faults ended, for the samples that were not
  // counted; nothing before that.
  std::optional<double> secondsLeftAtCalm() const { return secondsLeftAtCalm_; }

 private:
  void strike(std::size_t index);
  void strike(const PlannedFault& planned, WorkerProcess& target, Random random);
  void cutCable(WorkerProcess& target, Duration length);
  void dismissWorkers(const PlannedFault& planned, Random random);
  void endFaults();
  double healthySpeed(std::uint32_t threadsMax) const;

  World& world_;
  std::optional<double> secondsLeftAtCalm_;
};

}  // namespace pi::simulation
