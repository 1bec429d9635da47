// How fast each unit of a worker computes blocks of the present size, and so how many it takes at a
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/clock.h"

namespace pi::worker {

// The law: the total is the sum of the known speeds, and all known speeds are for blocks of one
// size.
class Paces {
 public:
  // `guesses`: the speeds of the units for work of some kind, above zero.  They count until all
  // that matters is measured.
  explicit Paces(const std::vector<double>& guesses);

  // The unit took so long for its last run of blocks of this size.  `runTime`: how long a run
  // should take.
  void note(std::size_t unit, std::uint64_t blockSamples, std::uint64_t blocks, Duration took,
            Duration runTime);

  // The unit takes nothing any longer.
  void remove(std::size_t unit);

  // How many blocks the unit should take next, if at least one and at most `left` can be taken.
  // Runs get smaller near the end, so that all units end at about the same time.  Zero: a unit that
  // is much faster will have computed all of them before this one would have computed one.
  std::uint64_t blocksFor(std::size_t unit, std::uint64_t blockSamples, std::uint64_t left) const;

  void checkInvariants() const;

 private:
  struct Pace {
    double guess = 0;
    bool isKnown = false;
    double blocksPerSecond = 0;
    std::uint64_t blocksMax = 1;  // They take the run time, or are twice as many as the last ones.
  };

  std::vector<Pace> paces_;
  std::uint64_t blockSamples_ = 0;
  double total_ = 0;
  double fastestGuess_ = 0;
  std::size_t fastest_ = 0;  // The fastest one when it was noted last.
};

}  // namespace pi::worker
