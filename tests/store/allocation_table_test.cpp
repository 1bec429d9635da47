#include "scheduler/store/allocation_table.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

#include "scheduler/store/committer.h"
#include "scheduler/store/database.h"
#include "scheduler/store/store_error.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

using namespace std::chrono_literals;
using allocation::SavedAllocation;
using allocation::Stage;
using allocation::Wish;

const SavedAllocation kOne{.name = "pi-a-1-1",
                           .queue = "slurm: -p a",
                           .id = "4711",
                           .stage = Stage::kRunning,
                           .wish = Wish::kDrain,
                           .used = 90min,
                           .run = 30min,
                           .age = 5s,
                           .timeLimit = 2h};

allocation::Saved loaded(const StoreFolder& folder, const ClockReading& now = kNow) {
  Database database(folder.file());
  static_cast<void>(database.load(now));
  return database.loadAllocations();
}

void commit(const StoreFolder& folder, const allocation::Changes& changes) {
  Database database(folder.file());
  static_cast<void>(database.load(kNow));
  database.commitAllocations(changes, kNow);
}

TEST_CASE("a new store has no allocations") {
  StoreFolder folder;
  CHECK(loaded(folder).allocations.empty());
  CHECK(loaded(folder).queues.empty());
}

TEST_CASE("allocations and spent node time are as they were saved last") {
  StoreFolder folder;
  SavedAllocation other{.name = "pi-a-1-2", .queue = "local"};
  commit(folder, {.put = {kOne, other}, .queues = {{.name = "local", .spent = 1h}}});
  CHECK(loaded(folder).allocations == std::vector{kOne, other});
  CHECK(loaded(folder).queues == std::vector<allocation::SavedQueue>{{"local", 1h}});

  SavedAllocation changed = kOne;
  changed.stage = Stage::kEnding;
  commit(folder, {.put = {changed}, .erased = {"pi-a-1-2"}, .queues = {{"local", 2h}}});
  CHECK(loaded(folder).allocations == std::vector{changed});
  CHECK(loaded(folder).queues == std::vector<allocation::SavedQueue>{{"local", 2h}});

  commit(folder, {.erased = {kOne.name}});
  CHECK(loaded(folder).allocations.empty());
}

TEST_CASE("a queue is paused with its reason until it is resumed") {
  StoreFolder folder;
  allocation::SavedQueue queue{.name = "local", .spent = 1h, .pausedBecause = "maintenance"};
  commit(folder, {.queues = {queue, {.name = "slurm"}}});
  CHECK(loaded(folder).queues == std::vector{queue, {.name = "slurm"}});
  queue.pausedBecause.reset();
  commit(folder, {.queues = {queue}});
  CHECK(loaded(folder).queues == std::vector{queue, {.name = "slurm"}});
}

TEST_CASE("an allocation ages while no scheduler runs") {
  StoreFolder folder;
  commit(folder, {.put = {kOne}});
  CHECK(loaded(folder, onCalendar(2h)).allocations.at(0).age == 2h + 5s);
}

TEST_CASE("an impossible row of an allocation is damage") {
  for (const char* change : {"UPDATE allocation SET stage = 9", "UPDATE allocation SET wish = 4",
                             "UPDATE allocation SET used = -1", "UPDATE allocation SET age = 1",
                             "UPDATE allocation_limit SET time_limit = 0", "DELETE FROM allocation",
                             "DELETE FROM node_time", "UPDATE queue_pause SET reason = 'x'"}) {
    CAPTURE(change);
    StoreFolder folder;
    commit(folder,
           {.put = {kOne}, .queues = {{.name = kOne.queue, .spent = 1h, .pausedBecause = "y"}}});
    sqlite::Connection(folder.file()).execute(change);
    CHECK_THROWS_AS(loaded(folder), StoreError);
  }
}

TEST_CASE("a store without allocations is brought up to date, and keeps its jobs") {
  StoreFolder folder;
  Changes batch = BatchGenerator(1).nextBatch();
  {
    Database database(folder.file());
    static_cast<void>(database.load(kNow));
    database.commit(batch, kNow);
  }
  {
    sqlite::Connection connection(folder.file());
    connection.execute(
        "DROP TABLE allocation; DROP TABLE node_time; DROP TABLE allocation_limit; "
        "DROP TABLE queue_pause; DROP TABLE thread_limit; PRAGMA user_version = 6");
  }
  CHECK(loaded(folder).allocations.empty());
  Database database(folder.file());
  CHECK(database.load(kNow).jobs.size() == batch.jobs.size());
}

TEST_CASE("allocations of a store without time limits and pauses have none, and are kept") {
  StoreFolder folder;
  commit(folder, {.put = {kOne}, .queues = {{.name = kOne.queue, .spent = 1h}}});
  sqlite::Connection(folder.file())
      .execute(
          "DROP TABLE allocation_limit; DROP TABLE queue_pause; DROP TABLE thread_limit; "
          "PRAGMA user_version = 7");
  SavedAllocation old = kOne;
  old.timeLimit = 0s;
  CHECK(loaded(folder).allocations == std::vector{old});
  CHECK(loaded(folder).queues.at(0).pausedBecause == std::nullopt);
}

TEST_CASE("jobs and allocations are committed by one thread, each with its own report") {
  StoreFolder folder;
  {
    Database database(folder.file());
    static_cast<void>(database.load(kNow));
    std::atomic<int> jobs = 0;
    std::atomic<int> allocations = 0;
    {
      Committer committer(database, [&](const CommitOutcome&) { ++jobs; });
      committer.commit(BatchGenerator(1).nextBatch(), kNow);
      committer.commitAllocations({.put = {kOne}}, kNow, [&](const CommitOutcome& outcome) {
        allocations += outcome.isCommitted();
      });
    }
    CHECK(jobs == 1);
    CHECK(allocations == 1);
  }
  CHECK(loaded(folder).allocations == std::vector{kOne});
}

}  // namespace
}  // namespace pi::scheduler::testing
