// Many stories together: waste and lateness that a single story may have, and the average must not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/simulation.h"

namespace pi::simulation {

class Totals {
 public:
  // Averages of fewer stories than this vary too much.
  static constexpr std::uint64_t kStoriesToJudge = 200;

  void add(const Outcome& outcome);

  std::uint64_t stories() const { return stories_; }
  // Samples computed for each one counted, over all stories.
  double computedPerCounted() const;
  // Efficiency::wastedSeconds on average.
  double meanWastedSeconds() const;
  // Efficiency::lateSeconds on average; of the stories that continued after the faults ended.
  double meanLateSeconds() const;

  // The violation if the stories of this profile together waste too much work or time; empty if
  // not, and if there are too few of them to judge.
  std::string excess(Profile profile) const;

  // The counts of all stories together.
  const Counts& counts() const { return counts_; }

  // A line for people.
  std::string summary() const;
  // Quantiles of waste and lateness, from which the bounds are chosen.
  std::string distributions() const;

 private:
  std::uint64_t stories_ = 0;
  std::uint64_t stepsMax_ = 0;
  std::uint64_t crashes_ = 0;
  std::uint64_t stops_ = 0;
  double computed_ = 0;
  double counted_ = 0;
  std::vector<double> waste_;  // For each story, in seconds; so are the next three.
  std::vector<double> wastePerFault_;
  std::vector<double> delay_;
  std::vector<double> late_;
  std::vector<double> lateTimeouts_;
  Counts counts_;
};

}  // namespace pi::simulation
