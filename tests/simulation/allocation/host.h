// The scheduler's process around the real provisioner: its disk, its calls to batch systems, and
// its deaths.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "scheduler/allocation/core/provisioner.h"
#include "tests/simulation/allocation/batch_world.h"
#include "tests/simulation/allocation/judge.h"

namespace pi::simulation {

class Host {
 public:
  Host(std::uint64_t seed, BatchWorld& world, AllocationJudge& judge, bool isTraced);

  void handle(const allocation::Event& event);
  // The scheduler sees its workers and its work.
  void observe();
  // It dies and starts again; what is not on disk is lost.
  void crash();
  // It stops in order and starts again.
  void stopAndStart();

  const allocation::Provisioner& provisioner() const { return *provisioner_; }
  Instant now() const { return world_.timeline().now(); }

 private:
  // The rows on the disk.  Ages are as of `savedAt`.
  struct SavedRow {
    allocation::SavedAllocation row;
    Instant savedAt{};
  };
  void start();
  void perform(const allocation::action::Commit& commit);
  void perform(const allocation::action::Submit& submit);
  void perform(const allocation::action::List& list);
  void perform(const allocation::action::Cancel& cancel);
  void perform(const allocation::action::AskCause& ask);
  void perform(const allocation::action::Drain& drain);
  void perform(const allocation::action::Tell& tell);
  void write(const allocation::Changes& changes, Instant savedAt);
  // Passes the event on, unless the scheduler has died meanwhile.
  void answer(Duration delay, allocation::Event event);
  // Until it has stopped, or until `latest`.
  void awaitStop(Instant latest);
  void trace(const std::string& line) const;

  BatchWorld& world_;
  AllocationJudge& judge_;
  Random random_;
  const bool isTraced_;
  std::uint64_t epoch_ = 0;
  std::size_t cancelling_ = 0;  // Calls under way.
  bool isSaving_ = false;
  bool isStopping_ = false;
  std::map<std::string, SavedRow> rows_;
  std::map<std::string, allocation::SavedQueue> queues_;
  std::unique_ptr<allocation::Provisioner> provisioner_;
};

}  // namespace pi::simulation
