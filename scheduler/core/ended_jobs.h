// The jobs that are over, in the order in which they may be forgotten.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "common/base/clock.h"
#include "common/model/ids.h"

namespace pi::scheduler {

// The law: each job that was added and not removed is in `all_` and among those of its submitter,
// and each submitter who has one is in `ranking_`.  All functions take logarithmic time.
class EndedJobs {
 public:
  void add(JobId job, Instant endedAt, const std::string& submitter);
  // The arguments are those of add().
  void remove(JobId job, Instant endedAt, const std::string& submitter);

  std::size_t size() const { return all_.size(); }
  // The one that ended first.  There must be one; here and below.
  JobId oldest() const { return all_.begin()->job; }
  // The one that ended first among those of the submitter who has most.
  JobId oldestOfMost() const { return ranking_.begin()->oldest.job; }

  void checkInvariants() const;

 private:
  struct End {
    Instant at;
    JobId job{};
    auto operator<=>(const End&) const = default;
  };
  struct Rank {
    std::size_t jobs = 0;
    End oldest;
    bool operator<(const Rank& other) const {
      return jobs != other.jobs ? jobs > other.jobs : oldest < other.oldest;
    }
  };
  using Ends = std::set<End>;

  static Rank rankOf(const Ends& ends) { return {.jobs = ends.size(), .oldest = *ends.begin()}; }

  Ends all_;
  std::map<std::string, Ends> bySubmitter_;  // None is empty.
  std::set<Rank> ranking_;                   // The submitter who has most comes first.
};

}  // namespace pi::scheduler
