// A job on a cluster of real processes to which a plan is done.
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
  Milliseconds duration{};  // Of the job, about.
  std::uint64_t samples = 0;
  double samplesPerSecond = 0;   // Of the whole cluster, at most.
  bool sparesScheduler = false;  // It may be stopped, and is not killed.
};

// What there is to judge by.
struct ChaosFigures {
  std::array<std::uint64_t, kDeeds> done{};  // By deed.
  Clock::duration wall{};
  Clock::duration downtime{};     // Of the scheduler, from each kill to the next connection file.
  Clock::duration downtimeMax{};  // The longest one.
  std::vector<Clock::duration> recoveries{};  // Restart to every live worker being at work.
  std::uint64_t fallbackMax = 0;              // Of the progress, in samples.
  std::uint64_t computed = 0;                 // Samples, as far as the workers' logs say.
  std::uint64_t computedUnsaid = 0;           // At most so many more, by workers that were killed.
  int clientExitCode = 0;
  std::string clientOut;
  std::string clientErr;
  std::vector<std::string> broken{};  // What went wrong on the way.
};

class ChaosRun {
 public:
  explicit ChaosRun(const ChaosOptions& options);

  // To the end of the job.
  ChaosFigures run();

 private:
  struct Worker {
    std::unique_ptr<Process> process;
    std::optional<Clock::time_point> continueAt{};  // It is stopped until then.
    bool isDraining = false;
  };

  void perform(const Planned& planned);
  void restartScheduler(const Planned& planned, int signal);
  void awaitProductiveWorkers(Clock::time_point since);
  bool areProductive();
  void stopScheduler(Milliseconds length);
  void addWorker();
  void tendWorkers();
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
  std::uint64_t progress_ = 0;  // The most samples that were seen counted.
  ChaosFigures figures_;
};

}  // namespace pi::cluster
