#include "scheduler/store/allocation_table.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <utility>

#include "scheduler/store/settings.h"

namespace pi::scheduler {
namespace {

using allocation::NodeTime;

// Sums of such times do not overflow.
constexpr NodeTime kNodeTimeMax = std::chrono::hours(24) * 36'500 * 100'000;

std::uint64_t numberOf(std::int64_t count) { return std::bit_cast<std::uint64_t>(count); }
std::int64_t countOf(std::uint64_t number) { return std::bit_cast<std::int64_t>(number); }

bool isPossible(NodeTime time) { return time >= NodeTime::zero() && time <= kNodeTimeMax; }

bool isPossible(const allocation::SavedAllocation& row) {
  return row.stage <= allocation::Stage::kEnding && row.wish <= allocation::Wish::kEnd &&
         isPossible(row.used) && isPossible(row.run) && row.age >= Duration::zero() &&
         row.age <= kAgeMax;
}

// A number that does not fit becomes a value that isPossible() refuses.
template <typename Enum>
Enum toEnum(std::uint64_t number) {
  return static_cast<Enum>(std::min<std::uint64_t>(number, 0xFF));
}

}  // namespace

void AllocationTable::write(const allocation::Changes& changes, Duration time) {
  for (const allocation::SavedAllocation& row : changes.put) write(row, time);
  for (const std::string& name : changes.erased) {
    erase_.putText(name).run();
    eraseLimit_.putText(name).run();
  }
  for (const allocation::SavedQueue& queue : changes.queues) write(queue);
}

void AllocationTable::write(const allocation::SavedAllocation& row, Duration time) {
  put_.putText(row.name)
      .putText(row.queue)
      .putText(row.id)
      .put(static_cast<std::uint64_t>(row.stage))
      .put(static_cast<std::uint64_t>(row.wish))
      .put(numberOf(std::min(row.used, kNodeTimeMax).count()))
      .put(numberOf(std::min(row.run, kNodeTimeMax).count()))
      .put(numberOf(std::min(row.age, kAgeMax).count()))
      .put(numberOf(time.count()))
      .putChecksum()
      .run();
  if (row.timeLimit == Duration::zero()) return;  // It is not known.
  putLimit_.putText(row.name)
      .put(numberOf(std::min(row.timeLimit, kAgeMax).count()))
      .putChecksum()
      .run();
}

void AllocationTable::write(const allocation::SavedQueue& queue) {
  putQueue_.putText(queue.name)
      .put(numberOf(std::min(queue.spent, kNodeTimeMax).count()))
      .putChecksum()
      .run();
  if (queue.pausedBecause) {
    putPause_.putText(queue.name).putText(*queue.pausedBecause).putChecksum().run();
  } else {
    erasePause_.putText(queue.name).run();
  }
}

allocation::Saved AllocationTable::read(Duration time) {
  allocation::Saved saved;
  readAllocations(saved, time);
  readTimeLimits(saved);
  readQueues(saved);
  readPauses(saved);
  return saved;
}

void AllocationTable::readAllocations(allocation::Saved& saved, Duration time) {
  sqlite::Statement rows(connection_, "SELECT * FROM allocation ORDER BY name");
  while (rows.next()) {
    allocation::SavedAllocation& row = saved.allocations.emplace_back();
    row.name = rows.text();
    row.queue = rows.text();
    row.id = rows.text();
    row.stage = toEnum<allocation::Stage>(rows.number());
    row.wish = toEnum<allocation::Wish>(rows.number());
    row.used = NodeTime(countOf(rows.number()));
    row.run = NodeTime(countOf(rows.number()));
    row.age = Duration(countOf(rows.number()));
    Duration savedAt(countOf(rows.number()));
    rows.verifyChecksum();
    if (!isPossible(row)) connection_.failAsDamaged("an allocation is impossible");
    // It also ages while no scheduler runs.
    if (savedAt >= Duration{} && savedAt < time) {
      row.age = std::min(row.age + (time - savedAt), kAgeMax);
    }
  }
}

void AllocationTable::readTimeLimits(allocation::Saved& saved) {
  sqlite::Statement rows(connection_, "SELECT * FROM allocation_limit");
  while (rows.next()) {
    std::string name = rows.text();
    Duration limit(countOf(rows.number()));
    rows.verifyChecksum();
    auto row = std::ranges::find(saved.allocations, name, &allocation::SavedAllocation::name);
    bool isPossible = limit > Duration::zero() && limit <= kAgeMax;
    if (row == saved.allocations.end() || !isPossible) {
      connection_.failAsDamaged("a time limit is impossible");
    }
    row->timeLimit = limit;
  }
}

void AllocationTable::readQueues(allocation::Saved& saved) {
  sqlite::Statement rows(connection_, "SELECT * FROM node_time ORDER BY queue");
  while (rows.next()) {
    allocation::SavedQueue& queue = saved.queues.emplace_back();
    queue.name = rows.text();
    queue.spent = NodeTime(countOf(rows.number()));
    rows.verifyChecksum();
    if (!isPossible(queue.spent)) connection_.failAsDamaged("a node time is impossible");
  }
}

void AllocationTable::readPauses(allocation::Saved& saved) {
  sqlite::Statement rows(connection_, "SELECT * FROM queue_pause");
  while (rows.next()) {
    std::string name = rows.text();
    std::string reason = rows.text();
    rows.verifyChecksum();
    auto queue = std::ranges::find(saved.queues, name, &allocation::SavedQueue::name);
    if (queue == saved.queues.end()) connection_.failAsDamaged("a pause is impossible");
    queue->pausedBecause = std::move(reason);
  }
}

}  // namespace pi::scheduler
