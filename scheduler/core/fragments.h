// The counted ranges of a job, with their hits and the workers that computed them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "common/model/ids.h"
#include "common/model/tally.h"
#include "scheduler/core/limits.h"

namespace pi::scheduler {

struct Fragment {
  Tally tally;
  WorkerId contributor{};
  bool operator==(const Fragment&) const = default;
};

// Stands for several contributors, after neighbours of different ones were joined.
inline constexpr WorkerId kSeveral{};

// The law: fragments are disjoint, and two that adjoin have different contributors.  So their
// number grows with the number of workers, not of leases.  When there are more than `max`, all
// neighbours are joined; then there is one fragment for each run without a gap.
class Fragments {
 public:
  explicit Fragments(std::size_t max = kFragmentsMax) : max_(max) {}

  void insert(const Fragment& fragment);  // Its range must be uncounted.

  // Like insert(), for a fragment that the store has already.
  void restore(const Fragment& fragment);

  // The changes since the last call.
  struct Changed {
    std::vector<std::uint64_t> erased;  // Begins of fragments that no longer exist.
    std::vector<Fragment> put;          // New fragments, and those that changed.
  };
  Changed takeChanges();

  bool intersects(SampleRange range) const;
  // Whether that worker computed all of the range, as far as that is known.
  bool holds(SampleRange range, WorkerId contributor) const;
  std::size_t count() const { return byBegin_.size(); }
  // Where the last one ends; zero if there is none.
  std::uint64_t end() const {
    return byBegin_.empty() ? 0 : byBegin_.rbegin()->second.tally.range.end;
  }
  // Joining neighbours left more than half of `max`: there are more gaps than honest workers leave.
  bool haveTooManyGaps() const { return haveTooManyGaps_; }
  std::vector<Fragment> all() const;
  void checkInvariants() const;

 private:
  void joinNeighbours();

  std::size_t max_;
  bool haveTooManyGaps_ = false;
  std::map<std::uint64_t, Fragment> byBegin_;
  std::set<std::uint64_t> changed_;  // Begins of fragments that came, grew or went.
};

}  // namespace pi::scheduler
