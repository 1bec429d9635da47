// Compares what the provisioner does with the truth and with its promises.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>

#include "scheduler/allocation/core/action.h"
#include "scheduler/allocation/core/event.h"
#include "scheduler/allocation/core/provisioner.h"
#include "tests/simulation/allocation/batch_world.h"

namespace pi::simulation {

// How often each kind of event and action happened.
struct AllocationCounts {
  std::array<std::uint64_t, std::variant_size_v<allocation::Event>> events{};
  std::array<std::uint64_t, std::variant_size_v<allocation::Action>> actions{};
  std::array<std::uint64_t, kMishaps> mishaps{};
  std::uint64_t pauses = 0;
  std::uint64_t strays = 0;
  std::uint64_t workersMost = 0;

  void add(const AllocationCounts& other);
};

class AllocationJudge {
 public:
  explicit AllocationJudge(const BatchWorld& world) : world_(world) {}

  // The first broken promise, as a sentence; empty if there is none.
  const std::string& wrong() const { return wrong_; }
  const AllocationCounts& counts() const { return counts_; }

  // ---- during the story ----

  void noteStart() { listedAt_.clear(); }
  void note(const allocation::Event& event) { ++counts_.events[event.index()]; }
  void note(const allocation::Action& action, std::size_t rows);
  void noteSubmission(const std::string& name, bool isSaved);
  void noteListing(const std::string& system, Instant now);
  // The allocation is cancelled whether it runs or not.
  void noteEnded(const std::string& id);
  // The scheduler has stopped, and all orders to cancel were taken.
  void checkGivenBack();
  // At any time: no queue has more than it may have.
  void checkLimits();

  // ---- at the end of its parts ----

  // From now on it counts how many workers there were at most.
  void beginCounting() { workersMost_.clear(); }
  // There was work for an hour of calm weather, and no queue is paused.
  void checkWorkersCame(const allocation::Provisioner& provisioner, Instant now);
  // There was no work for an hour.
  void checkWorkersWent(const allocation::Provisioner& provisioner, Instant now);
  void checkStopped(const allocation::Provisioner& provisioner);

 private:
  void fail(const std::string& sentence);

  const BatchWorld& world_;
  std::string wrong_;
  AllocationCounts counts_;
  std::set<std::string> submitted_;
  std::map<std::string, Instant> listedAt_;
  std::map<std::size_t, std::size_t> workersMost_;  // At one time, by queue.
};

}  // namespace pi::simulation
