// An allocation, as the core keeps it and as the store does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/batch_system.h"
#include "scheduler/allocation/core/queue_options.h"

namespace pi::allocation {

// The store keeps these numbers.
enum class Stage : std::uint8_t {
  kPlanned = 0,     // Its row is not saved yet, so it is not submitted.
  kSubmitting = 1,  // The batch system was asked for it.
  kUnclear = 2,     // The batch system may have it or not: it is looked up by its name.
  kPending = 3,
  kRunning = 4,
  kEnding = 5,  // Its worker ends, and the node is not free yet.
};

std::string_view name(Stage stage);

// Whether it occupies a node.
constexpr bool holdsNode(Stage stage) {
  return stage == Stage::kRunning || stage == Stage::kEnding;
}

// The store keeps these numbers.
enum class Wish : std::uint8_t {
  kKeep = 0,
  kGiveBack = 1,  // It is to be cancelled if it is still pending.
  kDrain = 2,     // Its worker is to finish the work in hand and leave.
  kEnd = 3,       // It is to be cancelled in any case.
};

struct Allocation {
  std::string name{};
  std::string queueName{};             // Empty for a stray: an allocation of ours without a row.
  std::optional<std::size_t> queue{};  // Null for strays, and for queues of an earlier start.
  std::string system{};                // Empty while it is known by its worker only.
  std::string id{};                    // The batch system's; empty until it is known.
  Duration timeLimit{};

  Stage stage = Stage::kPlanned;
  Instant since{};  // In this stage.
  Wish wish = Wish::kKeep;
  Instant wishedAt{};
  std::optional<Instant> askedAt{};  // When the batch system or the worker was last told the wish.

  // As the batch system said last.
  std::string reason{};
  std::optional<Instant> startsAt{};
  std::uint32_t misses = 0;  // Listings in a row without it.

  Halt halt = Halt::kNone;
  bool isCancelRefused = false;  // The batch system did not take the last order to cancel it.

  bool isConnected = false;  // Its worker.
  bool wasConnected = false;
  bool isProven = false;  // It was connected for a while.
  Instant contactAt{};    // When the worker came or went; for one that never came, when it could.
  std::optional<Instant> idleSince{};

  // The node time that is charged, and the part of it since the allocation was pending last.
  NodeTime used{};
  NodeTime run{};
  Instant chargedUntil{};

  enum class Row : std::uint8_t { kNone, kUnderway, kSaved };
  Row row = Row::kNone;
  bool isDirty = false;
  Instant chargeSavedAt{};
};

// Whether its worker could not come yet: it has no node, or its node boots.
constexpr bool isAwaited(const Allocation& allocation) {
  return !holdsNode(allocation.stage) || allocation.halt == Halt::kBooting;
}

// ---- the rows of the store ----

struct SavedAllocation {
  std::string name{};
  std::string queue{};  // nameOf() its queue.
  std::string id{};
  Stage stage{};
  Wish wish{};
  NodeTime used{};
  NodeTime run{};
  Duration age{};        // Since it was charged.
  Duration timeLimit{};  // That of its submission; zero in rows of older versions.
  bool operator==(const SavedAllocation&) const = default;
};

struct SavedQueue {
  std::string name{};
  NodeTime spent{};  // By allocations that have ended.
  std::optional<std::string> pausedBecause{};
  bool operator==(const SavedQueue&) const = default;
};

struct Saved {
  std::vector<SavedAllocation> allocations;
  std::vector<SavedQueue> queues;
};

// One batch: all of it is committed, or nothing.
struct Changes {
  std::vector<SavedAllocation> put{};  // The same name replaces.
  std::vector<std::string> erased{};   // No name is in both lists.
  std::vector<SavedQueue> queues{};    // The same name replaces.
  bool operator==(const Changes&) const = default;
};

}  // namespace pi::allocation
