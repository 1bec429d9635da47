#include "scheduler/store/allocation_table.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>

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
  for (const std::string& name : changes.erased) erase_.putText(name).run();
  for (const allocation::SavedQueue& queue : changes.queues) {
    putQueue_.putText(queue.name)
        .put(numberOf(std::min(queue.spent, kNodeTimeMax).count()))
        .putChecksum()
        .run();
  }
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
}

allocation::Saved AllocationTable::read(Duration time) {
  allocation::Saved saved;
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
  sqlite::Statement queues(connection_, "SELECT * FROM node_time ORDER BY queue");
  while (queues.next()) {
    allocation::SavedQueue& queue = saved.queues.emplace_back();
    queue.name = queues.text();
    queue.spent = NodeTime(countOf(queues.number()));
    queues.verifyChecksum();
    if (!isPossible(queue.spent)) connection_.failAsDamaged("a node time is impossible");
  }
  return saved;
}

}  // namespace pi::scheduler
