#include "scheduler/store/schema.h"

#include <doctest/doctest.h>

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
void fill(const StoreFolder& folder) {
  Database database(folder.file());
  database.load(kNow);
  database.commit(BatchGenerator(1).nextBatch(), kNow);
}

}  // namespace

TEST_CASE("a migration adds the tables and columns of later releases and keeps the contents") {
  StoreFolder folder;
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

TEST_CASE("a store without the points of jobs is brought up to date, and keeps its jobs") {
  StoreFolder folder;
  fill(folder);
  std::size_t jobs = Database(folder.file()).load(kNow).jobs.size();
  {
    Connection connection(folder.file());
    connection.execute("DROP TABLE convergence");
    connection.execute("DROP TABLE allocation");
    connection.execute("DROP TABLE node_time");
    connection.execute("DROP TABLE allocation_limit");
    connection.execute("DROP TABLE queue_pause");
    connection.execute("DROP TABLE thread_limit");
    connection.execute("PRAGMA user_version = 5");
  }
  Saved saved = Database(folder.file()).load(kNow);
  REQUIRE(saved.jobs.size() == jobs);
  for (const SavedJob& job : saved.jobs) CHECK(job.points.empty());
}

TEST_CASE("a store without limits of threads is brought up to date, and its jobs have none") {
  StoreFolder folder;
  fill(folder);
  {
    Connection connection(folder.file());
    connection.execute("DROP TABLE thread_limit");
    connection.execute("PRAGMA user_version = 8");
  }
  Saved saved = Database(folder.file()).load(kNow);
  REQUIRE(saved.jobs.size() > 0);
  for (const SavedJob& job : saved.jobs) CHECK(job.record.spec.threadsMax == 0);
}

TEST_CASE("a migration that fails does not change the store") {
  StoreFolder folder;
  fill(folder);
  {
    Connection connection(folder.file());
    CHECK_THROWS_AS(migrate(connection, stepsAnd({addNote, createJobAgain})), StoreError);
    CHECK(connection.integer("PRAGMA user_version") == schemaSteps().size());
  }
  CHECK(Database(folder.file()).load(kNow).jobs.size() > 0);
}

TEST_CASE("a store of a newer schema is refused") {
  StoreFolder folder;
  fill(folder);
  Connection connection(folder.file());
  migrate(connection, stepsAnd({addNote}));
  CHECK_THROWS_AS(migrate(connection, schemaSteps()), StoreError);
}

}  // namespace pi::scheduler::testing
