// A story before it is played: the cluster, the jobs, and every planned fault with its time and its
// target.  It is drawn ahead, so that one entry can be switched off without changing the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/job.h"
#include "scheduler/core/config.h"
#include "tests/simulation/fault.h"
#include "worker/core/worker.h"

namespace pi::simulation {

// Which faults a story may have.
enum class Profile : std::uint8_t {
  kNone,
  kCrashes,     // The scheduler crashes again and again, and nothing else goes wrong.
  kReconnects,  // One long job; connections break, and no worker is lost or slow.
  kAll,
};

struct PlannedWorker {
  std::uint64_t samplesPerSecond = 1;
  double sobolFactor = 1;     // How much faster it is at a unit of cost of the sampler `sobol`.
  std::uint32_t threads = 1;  // That have this speed together.
  bool limitsThreads = true;  // Else it has GPUs alone, or is of an older release.
  worker::Config config{};
  Duration distance{};  // How much longer its messages take, each way.
  // Its batch system kills it this long after its start; zero for never.  config.killedAfter is
  // what this system said.
  Duration killedAfter{};
};

// Whether its batch system kills it earlier than it said.
inline bool isEndedEarly(const PlannedWorker& worker) {
  return worker.killedAfter < worker.config.killedAfter;
}

struct PlannedJob {
  Duration at{};
  JobSpec spec;
  // Samples in all that it is to have once it is finished, one extension after the other.
  std::vector<std::uint64_t> extendTo{};
  Duration extendAfter{};  // From its end.
  bool isHasty = false;    // Its client asks for the extension already while it is computed.
  bool isOff = false;
};

// Workers are named by their index in Plan::workers.
struct PlannedFault {
  Duration at{};
  Fault fault{};
  std::size_t worker = 0;  // The target, or the worker that starts.
  Duration length{};       // How long it lasts, or until the scheduler is back.
  // kLoseDevice: times slower; zero if it was the only device.
  // kSlowWorker: times slower.  kCrawlWorker: samples per second.  kTurnCheat: a Cheat.
  std::uint64_t amount = 0;
  bool isOff = false;
};

struct Plan {
  std::uint64_t seed = 0;
  scheduler::Config config{};
  Duration stepMax = std::chrono::milliseconds(50);  // The longest step of a worker's threads.
  std::vector<PlannedWorker> workers{};  // Those that are there at the start come first.
  std::size_t workersAtStart = 0;
  std::vector<PlannedJob> jobs{};      // By time; the first one at the start.
  std::vector<PlannedFault> faults{};  // By time.
  FaultSet on{};                       // The kinds that may happen.
  // From then on nothing goes wrong.  The last of `workers` starts.  Zero for a story without
  // faults.
  Duration calmAt{};
};

// The fastest that one worker is with a job that limits its threads, in samples per second; zero if
// it cannot be lent any of it.
double limitedSpeed(const PlannedWorker& worker, std::uint32_t threadsMax);

Plan drawPlan(std::uint64_t seed, Profile profile = Profile::kAll);

// A job, and the speed of each worker that computes it, in samples per second.
struct Task {
  JobSpec job;
  std::vector<std::uint64_t> samplesPerSecond;
  Duration distance{};  // For each worker.
};

// One job, no faults, the scheduler's default settings, and short steps of the threads, so that
// lending is what is measured.
Plan planOf(const Task& task, std::uint64_t seed);

// The parts of a plan to leave out.  Faults and jobs are named by their number, from 1.
struct Omission {
  FaultSet kinds{};
  std::set<std::size_t> faults{};
  std::set<std::size_t> jobs{};
};
void leaveOut(Plan& plan, const Omission& omission);

// As text, a line for each entry; entries that are off are not shown.
std::string describe(const Plan& plan);
std::string describe(const PlannedFault& planned);

}  // namespace pi::simulation
