// The faults that are drawn at each occasion, until the faults of a story end.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "tests/simulation/counts.h"
#include "tests/simulation/fault.h"
#include "tests/simulation/random.h"

namespace pi::simulation {

// Each kind of fault and each process has random numbers of its own: switching one kind off does
// not shift the others.
class Chances {
 public:
  Chances(std::uint64_t seed, const FaultSet& on, Counts& counts)
      : seed_(seed), on_(on), counts_(counts) {}

  // Whether a fault of class kChance happens now to the process with this index.
  bool strikes(Fault fault, std::size_t index) {
    if (!on_.has(fault) || isCalm_) return false;
    bool happens = randomOf(fault, index).chance(kindOf(fault).rate);
    if (happens) counts_.add(fault);
    return happens;
  }

  // For the details of a fault that strikes.
  Random& randomOf(Fault fault, std::size_t index) {
    auto number = static_cast<std::uint64_t>(fault) << 32 | index;
    return randoms_.try_emplace(number, seed_, Random::Purpose::kChance, number).first->second;
  }

  bool isOn(Fault fault) const { return on_.has(fault); }
  void end() { isCalm_ = true; }

 private:
  std::uint64_t seed_;
  FaultSet on_;
  Counts& counts_;
  bool isCalm_ = false;
  std::map<std::uint64_t, Random> randoms_;
};

}  // namespace pi::simulation
