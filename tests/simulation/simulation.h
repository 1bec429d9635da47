// A cluster in one process: the real cores, a fake clock, and a network, a disk, workers and a
// scheduler that fail in every way that a seed can draw.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/model/job.h"
#include "scheduler/core/scheduler.h"
#include "tests/simulation/fake_pool.h"
#include "tests/simulation/fake_store.h"
#include "worker/core/worker.h"

namespace pi::simulation {

struct Outcome {
  bool allJobsOver = false;  // False: the step limit was reached.
  std::vector<JobInfo> jobs;
  std::vector<WorkerInfo> workers;
  std::uint64_t steps = 0;
  std::uint64_t samplesComputed = 0;  // By all workers, counted or not.
  std::uint64_t crashes = 0;          // Of the scheduler, ...
  std::uint64_t stops = 0;            // ... and stops in order.
  Duration elapsed{};
  std::string wrong;  // The first violation seen; empty if none was.
};

// kCrashes: the scheduler crashes again and again, and nothing else goes wrong.
enum class Faults { kNone, kCrashes, kAll };

// One job, and who computes it.
struct Task {
  JobSpec job;
  std::vector<std::uint64_t> samplesPerSecond;  // Of each worker.
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, Faults faults = Faults::kAll);
  // This task instead of a drawn story, without faults, as the scheduler is by default.
  Simulation(std::uint64_t seed, Task task);
  ~Simulation();

  // Runs until every job is over or the step limit is reached.
  Outcome run();

 private:
  struct Node;     // A worker process.
  struct Pending;  // Something that will happen.
  // Somebody who wants a job done, and asks until he is told its id.
  struct Client {
    JobSpec spec;
    std::string requestId;
    std::optional<JobId> promised;  // The answer may have been lost, ...
    std::optional<JobId> job;       // ... and was not.
  };
  struct Later {
    bool operator()(const Pending& a, const Pending& b) const;
  };

  void beginStory();
  void beginTask();
  void after(Duration delay, std::function<void()> happens);
  Duration randomDelay(Duration most);
  std::uint64_t random(std::uint64_t end);
  bool chance(double probability);

  // The cluster.
  Node& start(std::uint64_t samplesPerSecond, const worker::Config& config = {});
  worker::Config drawLife();
  void feed(Node& node, const worker::Event& event);
  void perform(Node& node, const worker::Actions& actions);
  void arm(Node& node);
  void step(Node& node);
  void emit(Node& node, const std::vector<LeaseTally>& finished);
  void connect(Node& node);

  // The network: each connection delivers in order, if at all.
  enum class Answer { kNone, kReceipt };
  void toScheduler(Node& node, const scheduler::Event& event, Answer answer = Answer::kNone);
  void deliver(Node& node, const scheduler::Event& event, Answer answer);
  void toWorker(WorkerId worker, const std::function<void(Node&)>& arrive);
  void send(Node& node, const std::function<void(Node&)>& arrive);
  void hangUp(Node& node);
  void breakConnection(Node& node);

  // The scheduler's process, its disk, and its clients.
  void startScheduler();
  void crashScheduler(Duration downtime);
  void endScheduler(Duration downtime);
  enum class Stopping { kNo, kAlone, kWithWorkers };
  void stopScheduler(Stopping how);
  void endWhenReady();
  bool isHeard(const scheduler::Event& event) const;
  void loseState();
  void feedScheduler(const scheduler::Event& event);
  void performScheduler(const scheduler::Actions& actions);
  void judge(const scheduler::action::Quarantine& quarantine);
  void armScheduler();
  void save(const scheduler::Changes& changes, Instant reportAt);
  void reportSaved(const scheduler::Event& outcome, std::uint64_t life);
  void answerTruncation(Node& node, const scheduler::action::Truncate& asked);
  void sendJoin(Node& node, const worker::action::Join& join);
  void submit();
  void submit(const JobSpec& spec);
  void ask(std::size_t client);
  void note(const scheduler::action::AcceptJob& accepted);
  void note(const JobInfo& ended);
  void checkPromises();
  void checkLeftBehind();
  bool mayBeForgotten(JobId job) const;
  bool isHostile() const { return faults_ == Faults::kAll && !isCalm_; }

  // Trouble.
  void planFaults();
  void fault();
  void schedulerFault();
  void lie(Node& node);
  void replayOldTally(Node& node);
  bool allOver() const;
  void checkResult(const JobInfo& job);

  std::mt19937_64 random_;
  Instant now_{};
  std::uint64_t order_ = 0;
  std::unique_ptr<std::priority_queue<Pending, std::vector<Pending>, Later>> pending_;
  scheduler::Config config_;
  std::unique_ptr<scheduler::Scheduler> scheduler_;  // Null while it is down.
  std::uint64_t life_ = 0;                           // Of the scheduler; counts up.
  std::optional<Instant> schedulerArmed_;
  Instant schedulerBusyUntil_{};
  std::uint64_t crashes_ = 0;
  std::uint64_t stops_ = 0;
  Stopping stopping_ = Stopping::kNo;
  std::vector<JobInfo> leftBehind_;  // By a scheduler that stopped in order.
  FakeStore store_;
  Instant diskFullUntil_{};
  std::uint64_t epoch_ = 0;
  std::uint64_t workerIds_ = 0;  // Of this epoch.
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<std::pair<WorkerId, LeaseId>, Lease> tickets_;  // Every lease ever lent, and to whom.
  std::deque<Client> clients_;
  std::map<JobId, JobSpec> accepted_;  // What clients were promised.
  std::map<JobId, JobInfo> announced_;
  std::uint64_t jobsToSubmit_ = 0;
  Faults faults_;
  bool isCalm_;  // No faults, or no more.
  std::optional<Task> task_;
  Duration stepMax_ = std::chrono::milliseconds(50);  // Of the workers' threads.
  Duration heartbeat_;
  std::string wrong_;
};

}  // namespace pi::simulation
