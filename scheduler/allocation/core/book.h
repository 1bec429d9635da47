// The allocations that are known, and which of their rows the store lacks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/allocation.h"

namespace pi::allocation {

// The law: a name is given out once; an allocation of a queue leaves the stage kPlanned only when
// its row is saved.
class Book {
 public:
  using Rows = std::map<std::string, Allocation, std::less<>>;

  // All names begin with `prefix`, which all schedulers of a state directory share and no other
  // one has, and with `epoch`, which each of them has for itself.
  Book(std::string prefix, std::uint64_t epoch);

  bool isOurs(std::string_view name) const { return name.starts_with(prefix_); }

  // A new allocation, with a new name.
  Allocation& plan(std::size_t queue, const QueueOptions& options, Instant now);
  // One of an earlier scheduler, whose row is in the store.
  Allocation& restore(Allocation allocation);
  // One of ours that has no row.
  Allocation& adoptStray(std::string name, std::string system, Stage stage, Instant now);

  Allocation* find(std::string_view name);
  Rows& rows() { return rows_; }
  const Rows& rows() const { return rows_; }

  void setStage(Allocation& allocation, Stage stage, Instant now);
  void setHalt(Allocation& allocation, Halt halt, Instant now);
  void setWish(Allocation& allocation, Wish wish, Instant now);
  // Its row is to be saved.
  void touch(Allocation& allocation);
  void erase(const std::string& name);

  // The rows that the store lacks, with those of `queues`, which are taken out; null if there are
  // none, or if a batch is under way.
  std::optional<Changes> beginCommit(std::map<std::string, SavedQueue>& queues, Instant now);
  void finishCommit();

  void checkInvariants() const;

 private:
  std::string prefix_;
  std::uint64_t epoch_;
  std::uint64_t lastNumber_ = 0;
  Rows rows_;
  std::vector<std::string> erased_;
  bool isUnderway_ = false;
};

// "pi-5f3a-12-3 (4711)": for people.
std::string label(const Allocation& allocation);

}  // namespace pi::allocation
