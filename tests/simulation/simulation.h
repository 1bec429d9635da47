// A cluster in one process: the real cores, a fake clock, and a network and workers that fail in
// every way that a seed can draw.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/job.h"
#include "scheduler/core/scheduler.h"
#include "tests/simulation/fake_pool.h"
#include "worker/core/worker.h"

namespace pi::simulation {

struct Outcome {
  bool allJobsOver = false;  // False: the step limit was reached.
  std::vector<JobInfo> jobs;
  std::vector<WorkerInfo> workers;
  std::uint64_t steps = 0;
  std::uint64_t samplesComputed = 0;  // By all workers, counted or not.
  Duration elapsed{};
  std::string wrong;  // The first violation seen; empty if none was.
};

enum class Faults { kNone, kAll };

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, Faults faults = Faults::kAll);
  ~Simulation();

  // Runs until every job is over or the step limit is reached.
  Outcome run();

 private:
  struct Node;     // A worker process.
  struct Pending;  // Something that will happen.
  struct Later {
    bool operator()(const Pending& a, const Pending& b) const;
  };

  void after(Duration delay, std::function<void()> happens);
  Duration randomDelay(Duration most);
  std::uint64_t random(std::uint64_t end);
  bool chance(double probability);

  // The cluster.
  Node& start(std::uint64_t samplesPerSecond, Duration lifetime);
  Duration drawLifetime();
  void feed(Node& node, const worker::Event& event);
  void perform(Node& node, const worker::Actions& actions);
  void arm(Node& node);
  void step(Node& node);
  void emit(Node& node, std::vector<LeaseTally> finished);
  void connect(Node& node);

  // The network: each connection delivers in order, if at all.
  void toScheduler(Node& node, const scheduler::Event& event,
                   std::optional<worker::Event> answer = {});
  void deliver(Node& node, const scheduler::Event& event, std::optional<worker::Event> answer);
  void toWorker(WorkerId worker, const std::function<void(Node&)>& arrive);
  void send(Node& node, const std::function<void(Node&)>& arrive);
  void breakConnection(Node& node);

  // The scheduler.
  void feedScheduler(const scheduler::Event& event);
  void performScheduler(const scheduler::Actions& actions);
  void armScheduler();
  void answerTruncation(Node& node, const scheduler::action::Truncate& asked);

  // Trouble.
  void planFaults();
  void fault();
  void submit();
  void replayOldTally(Node& node);
  bool allOver() const;
  void checkResults(Outcome& outcome) const;

  std::mt19937_64 random_;
  Instant now_{};
  std::uint64_t order_ = 0;
  std::unique_ptr<std::priority_queue<Pending, std::vector<Pending>, Later>> pending_;
  scheduler::Scheduler scheduler_;
  std::optional<Instant> schedulerArmed_;
  Instant schedulerBusyUntil_{};
  std::vector<std::unique_ptr<Node>> nodes_;
  std::uint64_t workerIds_ = 0;
  std::uint64_t jobsToSubmit_ = 0;
  std::vector<LeaseTally> history_;  // Tallies that could be sent again.
  bool isCalm_;                      // No faults, or no more.
  Duration heartbeat_;
};

}  // namespace pi::simulation
