// The tables of the store, and the steps that bring the file of an older release up to date.
#pragma once

#include <cstdint>
#include <span>

#include "scheduler/store/sqlite.h"

namespace pi::scheduler {

// Stands in the header of each store; a database of another program has another number.
inline constexpr std::uint32_t kApplicationId = 0x50694A62;  // "PiJb"

// Brings a file from one schema version to the next.  Runs within a transaction.
using SchemaStep = void (*)(sqlite::Connection& connection);

// Step i leads from schema version i to i + 1.  Releases add steps; they never change one.
std::span<const SchemaStep> schemaSteps();

// Throws StoreError if the file's schema version is higher than the number of `steps`.
void refuseNewer(sqlite::Connection& connection, std::span<const SchemaStep> steps);

// Runs the steps that the file lacks, in one transaction.  Refuses a newer file as above.
void migrate(sqlite::Connection& connection, std::span<const SchemaStep> steps);

}  // namespace pi::scheduler
