// The truth about batch systems: jobs that wait for nodes, run a worker, and end.  Its answers may
// be late, missing or wrong.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/batch_system.h"
#include "scheduler/allocation/core/demand.h"
#include "tests/simulation/allocation/weather.h"
#include "tests/simulation/random.h"
#include "tests/simulation/timeline.h"

namespace pi::simulation {

// An allocation as it really is.
struct TrueJob {
  enum class State : std::uint8_t { kPending, kRunning, kEnded };
  std::string name{};
  std::string id{};
  std::string system{};
  std::size_t queue = 0;
  Duration timeLimit{};
  State state = State::kPending;
  Instant submittedAt{};
  Instant startedAt{};  // The last time.
  Duration run{};       // The time of earlier runs.
  std::string endReason{};
  bool hasFailed = false;
  bool neverStarts = false;
  // The batch system said something false about it, or ran it in a way that no one can foresee:
  // no promise is broken because of it.
  bool isExcused = false;
  bool isCancelIgnored = false;
  bool isBooting = false;    // It runs, and its node does not work yet.
  bool isSuspended = false;  // It runs, and its worker is stopped for a while.
  bool isHaltTold = false;   // The last listing said so.

  // Its worker.
  bool isConnected = false;
  bool isDeaf = false;
  bool isOvertime = false;
  bool isQuarantined = false;
  bool isDraining = false;
  Instant connectedAt{};
  std::uint64_t runs = 0;  // Tells the plans of one run from those of another.

  bool isAlive() const { return state != State::kEnded; }
};

class BatchWorld {
 public:
  BatchWorld(std::uint64_t seed, const Weather& weather, Timeline& timeline);

  Timeline& timeline() { return timeline_; }
  const Weather& weather() const { return weather_; }
  const std::vector<TrueJob>& jobs() const { return jobs_; }
  bool isCalm() const { return timeline_.now() - Instant{} >= weather_.storm; }

  // Whether this mishap happens now; counts it.
  bool strikes(Mishap mishap);
  std::uint64_t count(Mishap mishap) const { return counts_[static_cast<std::size_t>(mishap)]; }
  Duration latency() { return random_.upTo(weather_.slowness); }
  Random& random() { return random_; }

  // ---- batch systems ----

  // Returns the new job's id.
  std::string submit(const std::string& system, const allocation::AllocationRequest& request);
  std::vector<allocation::BatchStatus> list(const std::string& system);
  void cancel(const std::string& id, bool isPendingOnly);
  // It promises to cancel this one, and does not.
  void ignoreCancel(const std::string& id) { jobOf(id)->isCancelIgnored = true; }
  const TrueJob* find(const std::string& id) const;
  void startPending();

  // ---- workers ----

  // The work of all workers, in time of one of them.
  void setWork(Duration work) { work_ = work; }
  // Clients wait for so many workers.
  void setAwaited(std::size_t workers) { awaited_ = workers; }
  allocation::Demand demand() const;
  std::vector<allocation::SeenWorker> workers() const;
  // They compute until now.
  void compute();
  void drain(const std::string& name);

  // The time that a job has run until now.
  Duration runOf(const TrueJob& job) const;

 private:
  TrueJob* jobOf(const std::string& id);
  void start(TrueJob& job);
  void suspend(TrueJob& job);
  void planRun(const TrueJob& job);
  // Does it after the delay if the job is still in this run.
  template <typename Do>
  void later(Duration delay, const TrueJob& job, Do&& action);
  void end(TrueJob& job, const std::string& reason, bool hasFailed);
  void connect(TrueJob& job);
  std::size_t busy() const;
  allocation::BatchStatus describe(TrueJob& job);

  const Weather& weather_;
  Timeline& timeline_;
  Random random_;
  std::vector<TrueJob> jobs_;
  std::array<std::uint64_t, kMishaps> counts_{};
  Duration work_{};
  std::size_t awaited_ = 0;
  Instant computedUntil_{};
  Instant idleSince_{};  // All workers, while there is no work.
};

}  // namespace pi::simulation
