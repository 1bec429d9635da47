#include "scheduler/allocation/core/book.h"

#include <utility>

#include "common/base/check.h"

namespace pi::allocation {

Book::Book(std::string prefix, std::uint64_t epoch)
    : prefix_(std::move(prefix) + "-"), epoch_(epoch) {}

Allocation& Book::plan(std::size_t queue, const QueueOptions& options, Instant now) {
  Allocation planned{.name = prefix_ + std::to_string(epoch_) + "-" + std::to_string(++lastNumber_),
                     .queueName = nameOf(options),
                     .queue = queue,
                     .system = options.system,
                     .timeLimit = options.workerTimeLimit,
                     .since = now,
                     .contactAt = now,
                     .chargedUntil = now,
                     .isDirty = true,
                     .chargeSavedAt = now};
  auto [row, isNew] = rows_.try_emplace(planned.name, planned);
  PI_CHECK(isNew);
  return row->second;
}

Allocation& Book::restore(Allocation allocation) {
  allocation.row = Allocation::Row::kSaved;
  std::string name = allocation.name;
  auto [row, isNew] = rows_.try_emplace(name, std::move(allocation));
  PI_CHECK(isNew);
  return row->second;
}

Allocation& Book::adoptStray(std::string name, std::string system, Stage stage, Instant now) {
  PI_CHECK(isOurs(name));
  Allocation stray{.name = name,
                   .system = std::move(system),
                   .stage = stage,
                   .since = now,
                   .contactAt = now,
                   .chargedUntil = now};
  auto [row, isNew] = rows_.try_emplace(std::move(name), std::move(stray));
  PI_CHECK(isNew);
  return row->second;
}

Allocation* Book::find(std::string_view name) {
  auto row = rows_.find(name);
  return row == rows_.end() ? nullptr : &row->second;
}

void Book::setStage(Allocation& allocation, Stage stage, Instant now) {
  if (allocation.stage == stage) return;
  allocation.stage = stage;
  allocation.since = now;
  allocation.askedAt.reset();  // The order was for the stage before.
  allocation.isCancelRefused = false;
  allocation.halt = Halt::kNone;
  touch(allocation);
}

void Book::setHalt(Allocation& allocation, Halt halt, Instant now) {
  // Its time limit continues only now.
  if (allocation.halt != Halt::kNone && halt == Halt::kNone) allocation.since = now;
  allocation.halt = halt;
}

void Book::setWish(Allocation& allocation, Wish wish, Instant now) {
  if (allocation.wish == wish) return;
  allocation.wish = wish;
  allocation.wishedAt = now;
  allocation.askedAt.reset();
  allocation.isCancelRefused = false;
  touch(allocation);
}

void Book::touch(Allocation& allocation) {
  if (!allocation.queueName.empty()) allocation.isDirty = true;
}

void Book::erase(const std::string& name) {
  auto row = rows_.find(name);
  PI_CHECK((row != rows_.end()));
  if (row->second.row != Allocation::Row::kNone) erased_.push_back(name);
  rows_.erase(row);
}

std::optional<Changes> Book::beginCommit(std::map<std::string, SavedQueue>& queues, Instant now) {
  if (isUnderway_) return std::nullopt;
  Changes changes{.erased = std::exchange(erased_, {})};
  for (auto& [name, row] : rows_) {
    if (!std::exchange(row.isDirty, false)) continue;
    changes.put.push_back({.name = name,
                           .queue = row.queueName,
                           .id = row.id,
                           .stage = row.stage,
                           .wish = row.wish,
                           .used = row.used,
                           .run = row.run,
                           .age = std::max(now - row.chargedUntil, Duration::zero()),
                           .timeLimit = row.timeLimit});
    if (row.row == Allocation::Row::kNone) row.row = Allocation::Row::kUnderway;
    row.chargeSavedAt = now;
  }
  for (auto& [name, row] : std::exchange(queues, {})) changes.queues.push_back(std::move(row));
  if (changes == Changes{}) return std::nullopt;
  isUnderway_ = true;
  return changes;
}

void Book::finishCommit() {
  PI_CHECK(isUnderway_);
  isUnderway_ = false;
  for (auto& [name, row] : rows_) {
    if (row.row == Allocation::Row::kUnderway) row.row = Allocation::Row::kSaved;
  }
}

void Book::checkInvariants() const {
  for (const auto& [name, row] : rows_) {
    PI_CHECK(name == row.name);
    PI_CHECK(isOurs(name));
    bool isStray = row.queueName.empty();
    if (isStray) {
      PI_CHECK(!row.queue.has_value());
      PI_CHECK((row.row == Allocation::Row::kNone));
    } else {
      PI_CHECK((row.stage == Stage::kPlanned || row.row == Allocation::Row::kSaved));
    }
  }
}

std::string label(const Allocation& allocation) {
  return allocation.name + (allocation.id.empty() ? "" : " (" + allocation.id + ")");
}

}  // namespace pi::allocation
