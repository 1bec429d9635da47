// If a story fails, the simulate program plays it once more with a trace and prints the last lines.
// So a trace costs nothing while all is well.
#pragma once

#include <cstdint>

#include "tests/simulation/simulate_options.h"
#include "tests/simulation/trace.h"

namespace pi::simulation {

// Replaces this process by one that plays the seed with --last-lines; returns only if that fails.
int replay(const Options& options, std::uint64_t seed);

// Calls replay() if the process aborts or crashes from now on, as a PI_CHECK does.
void replayOnCrash(const Options& options, std::uint64_t seed);

// Prints the lines that were kept, and the hints, if the process aborts or crashes from now on.
// `trace` must live until then.
void printOnCrash(const Trace& trace, const Options& options);

// How to look at this failure.
void printHints(const Options& options, std::uint64_t seed);

}  // namespace pi::simulation
