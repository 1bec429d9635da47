// A worker process of the simulation, and something that will happen.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "tests/simulation/fake_pool.h"
#include "tests/simulation/simulation.h"
#include "worker/core/worker.h"

namespace pi::simulation {

struct Simulation::Node {
  worker::Worker core;
  FakePool pool;
  std::uint64_t fullSpeed = 1;
  WorkerId id{};                 // As the scheduler gave it; zero before the first join.
  std::uint64_t connection = 0;  // Counts up; what belongs to an older one is lost.
  bool isConnected = false;
  bool isAlive = true;
  Instant pausedUntil{};  // SIGSTOP.
  bool isMuted = false;   // The network swallows what both sides say.
  Instant upstreamAt{};   // When the last message each way arrives: order is kept.
  Instant downstreamAt{};
  std::optional<Instant> armed{};
  bool isStepping = false;
  Instant steppedAt{};
  bool isStopping = false;
  bool isLiar = false;
  bool isCrawler = false;      // It claims to be fast, hardly moves, and gives nothing up.
  bool isHandicapped = false;  // It was stopped, slowed or cut off: it may finish nothing.
  bool isStranger = false;     // Its name is of a state directory that is lost.
  std::uint64_t spansUnderway = 0;
  std::vector<LeaseTally> history{};  // What it has reported.
};

struct Simulation::Pending {
  Instant at;
  std::uint64_t order = 0;
  std::function<void()> happens;
};

}  // namespace pi::simulation
