// A provisioner with a store that saves at once, for tests that play one story each.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scheduler/allocation/core/provisioner.h"

namespace pi::allocation {

using namespace std::chrono_literals;

class Bench {
 public:
  explicit Bench(std::vector<QueueOptions> queues = {{.system = "slurm", .workersMax = 8}})
      : options_(std::move(queues)) {
    restart();
  }

  // Lets the time pass, passes the event, and saves what is to be saved.
  void handle(const Event& event, Duration passes = 0s) {
    now += passes;
    take(provisioner_->handle(event, now));
    provisioner_->checkInvariants();
  }
  // The scheduler dies and starts again with what is saved, and perhaps with other queues.
  void restart() {
    actions.clear();
    for (auto& row : saved.allocations) row.age += now - savedAt_;
    savedAt_ = now;
    provisioner_ = std::make_unique<Provisioner>(
        Settings{}, options_, Provisioner::Naming{.prefix = "pi-t", .epoch = ++epoch_}, saved, now);
  }
  void restart(std::vector<QueueOptions> queues) {
    options_ = std::move(queues);
    restart();
  }

  // ---- events ----

  // Work for one worker, and what the workers do.
  void observe(Duration work, std::vector<SeenWorker> workers = {}, Duration passes = 1s) {
    handle(event::Observed{.demand = {.work = work}, .workers = std::move(workers)}, passes);
  }
  void list(std::vector<BatchStatus> statuses, Duration passes = 10s) {
    observe(lastWork, lastWorkers, passes);
    handle(event::Listed{.system = "slurm", .statuses = std::move(statuses), .calendar = {}});
  }
  // Submits all that was asked for, as pending allocations with the ids 1, 2, ...
  void accept() {
    for (const auto& submit : takeAll<action::Submit>()) {
      handle(event::Submitted{submit.request.name, std::to_string(++lastId_)});
    }
  }
  // The same, and their workers connect.
  std::vector<SeenWorker> employ() {
    for (const auto& submit : takeAll<action::Submit>()) {
      handle(event::Submitted{submit.request.name, std::to_string(++lastId_)});
      lastWorkers.push_back({.allocation = submit.request.name});
    }
    observe(lastWork, lastWorkers);
    return lastWorkers;
  }

  // ---- actions since the last take ----

  template <typename Wanted>
  std::vector<Wanted> takeAll() {
    std::vector<Wanted> taken;
    std::erase_if(actions, [&taken](const Action& action) {
      const auto* wanted = std::get_if<Wanted>(&action);
      if (wanted != nullptr) taken.push_back(*wanted);
      return wanted != nullptr;
    });
    return taken;
  }
  template <typename Wanted>
  std::size_t count() {
    return takeAll<Wanted>().size();
  }
  bool hasTold(const std::string& part) {
    for (const auto& tell : takeAll<action::Tell>()) {
      if (tell.text.find(part) != std::string::npos) return true;
    }
    return false;
  }
  QueueView queue(std::size_t index = 0) const { return provisioner_->queues(now).at(index); }
  const Provisioner& provisioner() const { return *provisioner_; }

  Instant now{};
  Actions actions;
  Saved saved;
  Duration lastWork{};
  std::vector<SeenWorker> lastWorkers;
  bool savesAtOnce = true;

 private:
  void take(Actions taken) {
    for (Action& action : taken) {
      if (const auto* commit = std::get_if<action::Commit>(&action); commit && savesAtOnce) {
        save(commit->changes);
        take(provisioner_->handle(event::Committed{}, now));
      } else {
        actions.push_back(std::move(action));
      }
    }
  }
  void save(const Changes& changes) {
    for (auto& row : saved.allocations) row.age += now - savedAt_;
    savedAt_ = now;
    for (const SavedAllocation& row : changes.put) {
      std::erase_if(saved.allocations, [&](const auto& old) { return old.name == row.name; });
      saved.allocations.push_back(row);
    }
    for (const std::string& name : changes.erased) {
      std::erase_if(saved.allocations, [&](const auto& old) { return old.name == name; });
    }
    for (const SavedQueue& queue : changes.queues) {
      std::erase_if(saved.queues, [&](const auto& old) { return old.name == queue.name; });
      saved.queues.push_back(queue);
    }
  }

  std::vector<QueueOptions> options_;
  std::uint64_t epoch_ = 0;
  std::uint64_t lastId_ = 0;
  Instant savedAt_{};
  std::unique_ptr<Provisioner> provisioner_;
};

inline BatchStatus pending(const std::string& name, const std::string& id) {
  return {.name = name, .id = id, .state = BatchState::kPending, .reason = "Priority"};
}
inline BatchStatus running(const std::string& name, const std::string& id) {
  return {.name = name, .id = id, .state = BatchState::kRunning};
}
inline BatchStatus halted(const std::string& name, const std::string& id, Halt halt) {
  return {.name = name,
          .id = id,
          .state = BatchState::kRunning,
          .reason = halt == Halt::kBooting ? "it boots" : "it is suspended",
          .halt = halt};
}
inline BatchStatus ended(const std::string& name, const std::string& id,
                         const std::string& reason = "COMPLETED", bool hasFailed = false) {
  return {.name = name,
          .id = id,
          .state = BatchState::kEnded,
          .reason = reason,
          .hasFailed = hasFailed};
}

}  // namespace pi::allocation
