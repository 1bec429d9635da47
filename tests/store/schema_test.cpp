#include "scheduler/store/schema.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <vector>

#include "scheduler/store/database.h"
#include "scheduler/store/store_error.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

using sqlite::Connection;

// Steps as later releases might add them.
void addNote(Connection& connection) {
  connection.execute("ALTER TABLE job ADD COLUMN note TEXT NOT NULL DEFAULT 'none'");
}
void addAudit(Connection& connection) {
  connection.execute(
      "CREATE TABLE audit (job INTEGER NOT NULL) STRICT; INSERT INTO audit SELECT id FROM job");
}
void createJobAgain(Connection& connection) { connection.execute("CREATE TABLE job (id)"); }

std::vector<SchemaStep> stepsAnd(std::initializer_list<SchemaStep> later) {
  std::vector<SchemaStep> steps(schemaSteps().begin(), schemaSteps().end());
  steps.insert(steps.end(), later);
  return steps;
}

// Writes a store with one job in the schema of this release.
void fill(const TemporaryFolder& folder) {
  Database database(folder.file());
  database.load(kNow);
  database.commit(BatchGenerator(1).nextBatch(), kNow);
}

// When the jobs of fillVersion1() were submitted, in nanoseconds since 1970.
constexpr auto kSubmitted = static_cast<std::uint64_t>(kNow.time_since_epoch().count());

// A store of schema version 1 with two jobs: job 3 is finished, job 4 is running.
void fillVersion1(const std::filesystem::path& path) {
  std::ofstream(path).flush();
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  Connection connection(path);
  connection.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  migrate(connection, schemaSteps().first(1));
  sqlite::Statement putStore(connection, "INSERT INTO store VALUES (1,?,?,?,?)");
  putStore.putBlob(std::string(32, 's')).put(7).put(4).putChecksum().run();
  sqlite::Statement putJob(connection, "INSERT INTO job VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  for (std::uint64_t id : {3u, 4u}) {
    JobState state = id == 3 ? JobState::kFinished : JobState::kRunning;
    putJob.put(id).put(41 + id).put(0).put(1000).put(10).put(5).put(std::uint64_t(state));
    putJob.putText("a reason")
        .putBlob("a request")
        .put(kSubmitted)
        .put(20)
        .put(10)
        .put(30)
        .putChecksum()
        .run();
  }
  sqlite::Statement putFragment(connection, "INSERT INTO fragment VALUES (?,?,?,?,?,?)");
  putFragment.put(3).put(0).put(1000).put(9).putBlob(std::string("\7\0\0\0\0\0\0\0", 8));
  putFragment.putChecksum().run();
}

}  // namespace

TEST_CASE("the jobs of a store of schema version 1 get a uid and stream version 1") {
  TemporaryFolder folder;
  fillVersion1(folder.file());
  Saved saved = Database(folder.file()).load(kNow);
  REQUIRE(saved.jobs.size() == 2);
  CHECK(saved.epoch == 7);
  for (std::uint64_t id : {3u, 4u}) {
    CAPTURE(id);
    const JobRecord& record = saved.jobs[id - 3].record;
    JobRecord expected{.id = JobId{id},
                       .uid = record.uid,
                       .spec = {.stream = {.seed = 41 + id, .sampler = Sampler::kRandom},
                                .samples = 1000,
                                .chunkSize = 10,
                                .priority = 5},
                       .state = id == 3 ? JobState::kFinished : JobState::kRunning,
                       .streamVersion = 1,
                       .reason = "a reason",
                       .requestId = "a request",
                       .age = Duration(20),
                       .elapsed = Duration(10),
                       .duplicatesDropped = 30};
    CHECK(record == expected);
    CHECK(record.uid != JobUid{});
  }
  CHECK(saved.jobs[0].record.uid != saved.jobs[1].record.uid);
  REQUIRE(saved.jobs[0].fragments.size() == 1);
  CHECK(saved.jobs[0].fragments[0].tally.hits.strata[0] == 7);

  Saved again = Database(folder.file()).load(kNow);
  CHECK(again.jobs == saved.jobs);
}

TEST_CASE("a damaged row is refused by a migration, and gets no new checksum") {
  TemporaryFolder folder;
  fillVersion1(folder.file());
  Connection(folder.file()).execute("UPDATE job SET samples = samples + 1");
  CHECK_THROWS_AS(Database(folder.file()), StoreError);
  Connection connection(folder.file());
  CHECK(connection.integer("PRAGMA user_version") == 1);
}

TEST_CASE("a migration adds the tables and columns of later releases and keeps the contents") {
  TemporaryFolder folder;
  fill(folder);
  Connection connection(folder.file());
  std::uint64_t jobs = connection.integer("SELECT count(*) FROM job");
  REQUIRE(jobs > 0);
  std::vector<SchemaStep> later = stepsAnd({addNote, addAudit});

  migrate(connection, later);
  CHECK(connection.integer("PRAGMA user_version") == later.size());
  CHECK(connection.text("SELECT DISTINCT note FROM job") == "none");
  CHECK(connection.integer("SELECT count(*) FROM audit") == jobs);

  migrate(connection, later);  // The store is up to date.
  CHECK(connection.integer("SELECT count(*) FROM audit") == jobs);
}

TEST_CASE("a migration that fails does not change the store") {
  TemporaryFolder folder;
  fill(folder);
  {
    Connection connection(folder.file());
    CHECK_THROWS_AS(migrate(connection, stepsAnd({addNote, createJobAgain})), StoreError);
    CHECK(connection.integer("PRAGMA user_version") == schemaSteps().size());
  }
  CHECK(Database(folder.file()).load(kNow).jobs.size() > 0);
}

TEST_CASE("a store of a newer schema is refused") {
  TemporaryFolder folder;
  fill(folder);
  Connection connection(folder.file());
  migrate(connection, stepsAnd({addNote}));
  CHECK_THROWS_AS(migrate(connection, schemaSteps()), StoreError);
}

}  // namespace pi::scheduler::testing
