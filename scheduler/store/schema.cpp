#include "scheduler/store/schema.h"

#include <array>
#include <string>

#include "common/model/job_uid.h"
#include "scheduler/store/random_bytes.h"
#include "scheduler/store/store_error.h"

namespace pi::scheduler {
namespace {

using sqlite::Connection;
using sqlite::Statement;

// Version 1.  Times are nanoseconds; `submitted` counts from 1970.  `hits` holds eight bytes for
// each stratum of the job's sampler, the lowest byte first.  Each row ends with its checksum
// (row_checksum.h).
void createTables(Connection& connection) {
  connection.execute(R"sql(
CREATE TABLE store (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  secret BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  last_job INTEGER NOT NULL,
  sum INTEGER NOT NULL
) STRICT;
CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  seed INTEGER NOT NULL,
  sampler INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  chunk_size INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  request_id BLOB NOT NULL,
  submitted INTEGER NOT NULL,
  age INTEGER NOT NULL,
  elapsed INTEGER NOT NULL,
  duplicates_dropped INTEGER NOT NULL,
  sum INTEGER NOT NULL
) STRICT;
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
  threads INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (job, worker)
) STRICT, WITHOUT ROWID;
)sql");
}

// Version 2: a job has a uid of 16 bytes and the version of its stream.  All older jobs are of
// stream version 1; each gets a random uid.
void addUidAndStreamVersion(Connection& connection) {
  connection.execute(R"sql(
CREATE TABLE new_job (
  id INTEGER PRIMARY KEY,
  uid BLOB NOT NULL,
  stream_version INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  sampler INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  chunk_size INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  request_id BLOB NOT NULL,
  submitted INTEGER NOT NULL,
  age INTEGER NOT NULL,
  elapsed INTEGER NOT NULL,
  duplicates_dropped INTEGER NOT NULL,
  sum INTEGER NOT NULL
) STRICT;
)sql");
  {
    Statement from(connection, "SELECT * FROM job ORDER BY id");
    Statement to(connection, "INSERT INTO new_job VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    while (from.next()) {
      to.put(from.number()).putBlob(randomBytes(sizeof(JobUid))).put(std::uint64_t{1});
      for (int i = 0; i < 6; ++i) to.put(from.number());  // From seed to state.
      to.putText(from.text()).putBlob(from.blob());
      for (int i = 0; i < 4; ++i) to.put(from.number());  // From submitted to duplicates_dropped.
      from.verifyChecksum();
      to.putChecksum().run();
    }
  }
  connection.execute("DROP TABLE job; ALTER TABLE new_job RENAME TO job");
}

constexpr std::array<SchemaStep, 2> kSteps = {createTables, addUidAndStreamVersion};

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
