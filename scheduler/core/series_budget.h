// Bounds the memory that the series of all jobs take together.
#pragma once

#include <cstddef>
#include <map>

#include "common/model/ids.h"

namespace pi::scheduler {

struct Job;

// The series are counted only when as many numbers have come as there was room for, so growing
// takes constant time, amortised, and jobs that are forgotten need no care.  The law: the series
// have at most `max` numbers, or they cannot be made coarser.
class SeriesBudget {
 public:
  explicit SeriesBudget(std::size_t max) : max_(max), left_(max) {}

  // The series of one of the jobs have so many more numbers.  If they are too many for all jobs,
  // all series are made half as fine.
  void spend(std::size_t numbers, std::map<JobId, Job>& jobs);

  void checkInvariants(const std::map<JobId, Job>& jobs) const;

 private:
  std::size_t max_;
  std::size_t left_;  // So many may come before all are counted again.
};

}  // namespace pi::scheduler
