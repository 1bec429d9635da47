// Runs a job on a cluster of real processes, with the faults of a plan.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/cluster/chaos_plan.h"
#include "tests/cluster/cluster.h"

namespace pi::cluster {

using Clock = std::chrono::steady_clock;

struct ChaosOptions {
  std::uint64_t seed = 1;
  Milliseconds duration{};  // The approximate duration of the job.
  std::uint64_t samples = 0;
  double samplesPerSecond = 0;   // The maximum of the whole cluster.
  bool sparesScheduler = false;  // The scheduler may be suspended, but is not killed or restarted.
};

// The results of a run.
struct ChaosFigures {
  std::array<std::uint64_t, kFaults> done{};  // How often each fault happened.
  Clock::duration wall{};
  // The time without a scheduler, from each end to the next connection file: the sum, and the
  // longest.
  Clock::duration downtime{};
  Clock::duration downtimeMax{};
  // The times from each restart of the scheduler until every worker holds a lease again.
  std::vector<Clock::duration> recoveries{};
  std::uint64_t progressLossMax = 0;   // In samples.
  std::uint64_t computed = 0;          // Samples, from the workers' logs.
  std::uint64_t computedUnlogged = 0;  // The most that killed workers computed without logging it.
  int clientExitCode = 0;
  std::string clientOut;
  std::string clientErr;
  std::vector<std::string> violations{};  // Promises that were broken during the run.
};

class ChaosRun {
 public:
  explicit ChaosRun(const ChaosOptions& options);

  // Returns at the end of the job.
  ChaosFigures run();

 private:
  struct Worker {
    std::unique_ptr<Process> process;
    std::optional<Clock::time_point> until{};  // It is suspended, or may take to drain, until then.
    bool isDraining = false;
  };

  void cause(const PlannedFault& planned);
  void restartScheduler(const PlannedFault& planned, int signal);
  void awaitProductiveWorkers(Clock::time_point since);
  bool areProductive();
  void suspendScheduler(Milliseconds length);
  void addWorker();
  void checkWorkers();
  void retire(Worker& worker, bool wasKilled);
  void forgetRetired();
  Worker* pick(std::uint32_t choice);
  std::size_t workersAtWork() const;
  double progressShare() const;
  void noteProgress();
  void finish();

  ChaosOptions options_;
  Cluster cluster_;
  std::deque<Worker> workers_;
  std::unique_ptr<Process> client_;
  std::uint64_t progress_ = 0;  // The largest number of counted samples so far.
  ChaosFigures figures_;
};

}  // namespace pi::cluster
