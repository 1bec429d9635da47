// The tables of the store, and how a file of an older release gets them.
#pragma once

#include <cstdint>
#include <span>

#include "scheduler/store/sqlite.h"

namespace pi::scheduler {

// In the file's header: by it a foreign file is told.
inline constexpr std::uint32_t kApplicationId = 0x50694A62;  // "PiJb"

// Step i leads from schema version i to i + 1.  Releases add steps; they never change one.
std::span<const char* const> schemaSteps();

// Throws StoreError for a file that is further than `steps` lead.
void refuseNewer(sqlite::Connection& connection, std::span<const char* const> steps);

// Brings the file to the version after the last of `steps`, in one transaction; refuses it if it is
// newer.
void migrate(sqlite::Connection& connection, std::span<const char* const> steps);

}  // namespace pi::scheduler
