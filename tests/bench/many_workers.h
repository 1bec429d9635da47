// A scheduler's core with very many workers that compute nothing, for its calls, time and memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "common/base/clock.h"
#include "common/model/lease.h"
#include "common/model/worker_policy.h"
#include "scheduler/core/scheduler.h"

namespace pi::bench {

// The work in a part of a story.
struct Load {
  Duration length{};
  std::uint64_t calls = 0;   // By workers.
  std::uint64_t events = 0;  // For the core, calls included.
  Duration cpu{};            // CPU time of the core.
  Duration longest{};        // That of its longest event.
};

// All workers have the same speed.  Answers take two milliseconds, and nothing is lost.
// They speak as the real ones do: they ask for the next lease before they are done with the last
// one, report each lease when it ends, and give a sign of life as often as the scheduler says.
class ManyWorkers {
 public:
  static constexpr std::uint64_t kSpeed = 100'000'000'000;  // In samples a second.

  explicit ManyWorkers(std::size_t workers);

  // All workers join, one after the other, in that time.
  void joinWithin(Duration length);
  void submit(std::uint64_t samples);
  void cancel();
  // One of the workers does nothing from now on, and its connection stays open.
  void hang(std::size_t worker) { workers_[worker].isHung = true; }

  // Time passes: that long, or until the newest job is over.
  void pass(Duration length);
  void passUntilEnd(Duration longest);

  // Since the last call.
  Load takeLoad();
  const scheduler::Scheduler& core() const { return core_; }
  WorkerPolicy policy() const;  // As the first worker has it.

 private:
  struct Held {
    Lease lease;
    Instant begin{};
    Instant end{};
  };
  struct Worker {
    WorkerPolicy policy{};
    std::vector<Held> held;
    std::uint64_t sequence = 0;
    std::uint64_t plan = 0;  // Counts up when its next steps change: older ones are void.
    Instant spokeAt{};
    Instant answeredAt{};  // When the last answer with leases arrives.
    bool isAsking = false;
    bool isHung = false;
  };
  // The next time at which the worker does something.
  struct Step {
    Instant at{};
    std::size_t worker = 0;
    std::uint64_t plan = 0;
    bool operator>(const Step& other) const { return at > other.at; }
  };

  void join(std::size_t worker);
  void act(std::size_t worker);
  void report(std::size_t worker);
  void planNext(std::size_t worker);
  void runUntil(Instant end, bool stopsAtEnd);
  void handle(const scheduler::Event& event);

  void perform(const scheduler::action::Lend& lend);
  void perform(const scheduler::action::Truncate& asked);
  void perform(const scheduler::action::Commit& commit);
  void perform(const scheduler::action::AnnounceEnd&) { hasEnded_ = true; }
  template <typename Other>
  void perform(const Other&) {}

  static WorkerId idOf(std::size_t worker);
  static std::size_t indexOf(WorkerId id);

  scheduler::Scheduler core_;
  std::vector<Worker> workers_;
  std::priority_queue<Step, std::vector<Step>, std::greater<>> steps_;
  Instant now_{};
  std::optional<Instant> committedAt_;  // When the commit that is under way is done.
  bool hasEnded_ = false;
  Load load_;
  Instant loadFrom_{};
};

}  // namespace pi::bench
