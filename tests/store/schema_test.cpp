#include "scheduler/store/schema.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <array>

#include "scheduler/store/database.h"
#include "scheduler/store/store_error.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

using sqlite::Connection;

// Steps as releases to come might add them.
const std::array<const char*, 3> kLater = {
    schemaSteps()[0], "ALTER TABLE job ADD COLUMN note TEXT NOT NULL DEFAULT 'none'",
    "CREATE TABLE audit (job INTEGER NOT NULL) STRICT; INSERT INTO audit SELECT id FROM job"};

// A store with one job, as this release makes it.
void fill(const TemporaryFolder& folder) {
  Database database(folder.file());
  database.load(kNow);
  database.commit(Life(1).nextBatch(), kNow);
}

}  // namespace

TEST_CASE("an older store gets what later releases added, and keeps its contents") {
  TemporaryFolder folder;
  fill(folder);
  Connection connection(folder.file());
  std::uint64_t jobs = connection.integer("SELECT count(*) FROM job");
  REQUIRE(jobs > 0);

  migrate(connection, kLater);
  CHECK(connection.integer("PRAGMA user_version") == 3);
  CHECK(connection.text("SELECT DISTINCT note FROM job") == "none");
  CHECK(connection.integer("SELECT count(*) FROM audit") == jobs);

  migrate(connection, kLater);  // There is nothing left to do.
  CHECK(connection.integer("SELECT count(*) FROM audit") == jobs);
}

TEST_CASE("a migration that fails leaves the store as it was") {
  TemporaryFolder folder;
  fill(folder);
  {
    Connection connection(folder.file());
    const std::array<const char*, 3> steps = {kLater[0], kLater[1], "CREATE TABLE job (id)"};
    CHECK_THROWS_AS(migrate(connection, steps), StoreError);
    CHECK(connection.integer("PRAGMA user_version") == 1);
  }
  CHECK(Database(folder.file()).load(kNow).jobs.size() > 0);
}

TEST_CASE("a store is not taken back to an older schema") {
  TemporaryFolder folder;
  fill(folder);
  Connection connection(folder.file());
  migrate(connection, kLater);
  CHECK_THROWS_AS(migrate(connection, schemaSteps()), StoreError);
}

}  // namespace pi::scheduler::testing
