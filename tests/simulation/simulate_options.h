// The command line of the simulate program.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "tests/simulation/plan.h"

namespace pi::simulation {

struct Options {
  enum class Mode : std::uint8_t { kRun, kPlan, kTrace, kLastLines, kShrink, kListFaults, kHelp };
  Mode mode = Mode::kRun;
  std::uint64_t seeds = 2000;
  std::uint64_t from = 1;
  Profile profile = Profile::kAll;
  Omission without;
  bool isVerbose = false;  // Prints each seed before it is played.

  // The plan of a seed, without what is left out.
  Plan planFor(std::uint64_t seed) const;
};

// Nothing if the arguments are not understood; `error` then says why.
std::optional<Options> parseOptions(int argc, char** argv, std::string& error);

std::string_view usage();

// The arguments that play this plan again, such as "--seed 7 --without-event 1-3,5".
std::string replayArguments(std::uint64_t seed, Profile profile, const Omission& without);

}  // namespace pi::simulation
