#include "scheduler/store/schema.h"

#include <array>
#include <string>

#include "scheduler/store/store_error.h"

namespace pi::scheduler {
namespace {

using sqlite::Connection;

// Times are nanoseconds; `submitted` counts from 1970.  `waiting` and `age_at_end` last from the
// submission to the first lease and to the end; -1 means that this did not happen.  `idle` is the
// part of `elapsed` between ends and extensions.  `age` is as of `saved`, in the time of the store,
// which is the one of the last commit's row `store` and advances by the machine's clocks
// (clock_reading.h).  `hits` holds eight bytes for each stratum of the job's sampler, the lowest
// byte first.  `target_error` holds the bits of a double.  Each epoch has its incarnation.  Each
// row ends with its checksum (row_checksum.h).
void createTables(Connection& connection) {
  connection.execute(R"sql(
CREATE TABLE store (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  secret BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  last_job INTEGER NOT NULL,
  time INTEGER NOT NULL,
  calendar INTEGER NOT NULL,
  since_boot INTEGER NOT NULL,
  boot TEXT NOT NULL,
  sum INTEGER NOT NULL
) STRICT;
CREATE TABLE incarnation (
  epoch INTEGER PRIMARY KEY,
  code BLOB NOT NULL,
  sum INTEGER NOT NULL
) STRICT;
CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  uid BLOB NOT NULL,
  stream_version INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  sampler INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  chunk_size INTEGER NOT NULL,
  target_error INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  submitter TEXT NOT NULL,
  name TEXT NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  request_id BLOB NOT NULL,
  duplicates_dropped INTEGER NOT NULL,
  submitted INTEGER NOT NULL,
  age INTEGER NOT NULL,
  waiting INTEGER NOT NULL,
  elapsed INTEGER NOT NULL,
  idle INTEGER NOT NULL,
  age_at_end INTEGER NOT NULL,
  saved INTEGER NOT NULL,
  sum INTEGER NOT NULL
) STRICT;
CREATE TABLE extension (
  job INTEGER NOT NULL,
  samples_before INTEGER NOT NULL,
  request_id BLOB NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (job, samples_before)
) STRICT, WITHOUT ROWID;
CREATE TABLE fragment (
  job INTEGER NOT NULL,
  range_begin INTEGER NOT NULL,
  range_end INTEGER NOT NULL,
  worker INTEGER NOT NULL,
  hits BLOB NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (job, range_begin)
) STRICT, WITHOUT ROWID;
CREATE TABLE contributor (
  job INTEGER NOT NULL,
  worker INTEGER NOT NULL,
  name TEXT NOT NULL,
  host TEXT NOT NULL,
  threads INTEGER NOT NULL,
  leases INTEGER NOT NULL,
  second_leases INTEGER NOT NULL,
  samples_dropped INTEGER NOT NULL,
  samples_confirmed INTEGER NOT NULL,
  disproved INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (job, worker)
) STRICT, WITHOUT ROWID;
)sql");
}

// The points of a job's convergence are numbered in the order of counting.  `marks` is the sum of 1
// for a prefix and 2 for a correction.
void createConvergence(Connection& connection) {
  connection.execute(R"sql(
CREATE TABLE convergence (
  job INTEGER NOT NULL,
  number INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  elapsed INTEGER NOT NULL,
  marks INTEGER NOT NULL,
  hits BLOB NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
)sql");
}

// `stage` and `wish` are numbers of allocation::Stage and Wish; `used`, `run` and `spent` are in
// milliseconds; `age` is the time since the last charge as of `saved`, in the time of the store.
void createAllocations(Connection& connection) {
  connection.execute(R"sql(
CREATE TABLE allocation (
  name TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  batch_id TEXT NOT NULL,
  stage INTEGER NOT NULL,
  wish INTEGER NOT NULL,
  used INTEGER NOT NULL,
  run INTEGER NOT NULL,
  age INTEGER NOT NULL,
  saved INTEGER NOT NULL,
  sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE node_time (
  queue TEXT PRIMARY KEY,
  spent INTEGER NOT NULL,
  sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql");
}

// `time_limit` is that of the allocation's submission, in nanoseconds.  Only queues that are paused
// have a row.
void createLimitsAndPauses(Connection& connection) {
  connection.execute(R"sql(
CREATE TABLE allocation_limit (
  name TEXT PRIMARY KEY,
  time_limit INTEGER NOT NULL,
  sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE queue_pause (
  queue TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql");
}

// Only of jobs whose user limits their threads.
void createThreadLimits(Connection& connection) {
  connection.execute(R"sql(
CREATE TABLE thread_limit (
  job INTEGER PRIMARY KEY,
  threads_max INTEGER NOT NULL,
  sum INTEGER NOT NULL
) STRICT;
)sql");
}

// Older versions had fewer columns.  No release has written one.
void refuseUnreleased(Connection& connection) {
  if (connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'job'") == 0) return;
  throw StoreError(
      connection.sentence("was written by a version before the first release; move the file away"));
}

constexpr std::array<SchemaStep, 9> kSteps = {
    refuseUnreleased,  refuseUnreleased,  refuseUnreleased,      refuseUnreleased,  createTables,
    createConvergence, createAllocations, createLimitsAndPauses, createThreadLimits};

}  // namespace

std::span<const SchemaStep> schemaSteps() { return kSteps; }

void refuseNewer(sqlite::Connection& connection, std::span<const SchemaStep> steps) {
  std::uint64_t version = connection.integer("PRAGMA user_version");
  if (version <= steps.size()) return;
  throw StoreError(connection.sentence("was written by a newer release (its schema is " +
                                       std::to_string(version) + ", this one is " +
                                       std::to_string(steps.size()) +
                                       "); use that release, or move the file away"));
}

void migrate(sqlite::Connection& connection, std::span<const SchemaStep> steps) {
  refuseNewer(connection, steps);
  std::uint64_t version = connection.integer("PRAGMA user_version");
  if (version == steps.size()) return;
  sqlite::Transaction transaction(connection);
  for (SchemaStep step : steps.subspan(version)) step(connection);
  connection.execute("PRAGMA user_version = " + std::to_string(steps.size()));
  transaction.commit();
}

}  // namespace pi::scheduler
