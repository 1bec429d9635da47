#include "scheduler/store/schema.h"

#include <array>
#include <string>

#include "scheduler/store/store_error.h"

namespace pi::scheduler {
namespace {

// Times are nanoseconds, `submitted` since 1970.  `hits` holds eight bytes for each stratum that
// the job's sampler has, the lowest first.  Every row ends with its sum (row_sum.h).
constexpr const char* kVersion1 = R"sql(
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
)sql";

constexpr std::array<const char*, 1> kSteps = {kVersion1};

}  // namespace

std::span<const char* const> schemaSteps() { return kSteps; }

void refuseNewer(sqlite::Connection& connection, std::span<const char* const> steps) {
  std::uint64_t version = connection.integer("PRAGMA user_version");
  if (version <= steps.size()) return;
  throw StoreError(connection.sentence(
      "was written by a newer release (schema " + std::to_string(version) + ", and this one has " +
      std::to_string(steps.size()) + "); use that release, or move the file away"));
}

void migrate(sqlite::Connection& connection, std::span<const char* const> steps) {
  refuseNewer(connection, steps);
  std::uint64_t version = connection.integer("PRAGMA user_version");
  if (version == steps.size()) return;
  sqlite::Transaction transaction(connection);
  for (const char* step : steps.subspan(version)) connection.execute(step);
  connection.execute("PRAGMA user_version = " + std::to_string(steps.size()));
  transaction.commit();
}

}  // namespace pi::scheduler
