// What is counted of a job: ranges with their hits and who computed them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "common/model/ids.h"
#include "common/model/tally.h"

namespace pi::scheduler {

struct Fragment {
  Tally tally;
  WorkerId contributor{};
  bool operator==(const Fragment&) const = default;
};

// The contributor of neighbours that had several, once there were too many to tell them apart.
inline constexpr WorkerId kSeveral{};

// Some 60 MB a job.
inline constexpr std::size_t kFragmentsMax = std::size_t{1} << 18;

// Neighbours of the same contributor are one fragment, so their number grows with workers, not with
// leases.  Beyond `max` of them all neighbours become one, and there are as many as there are gaps.
class Fragments {
 public:
  explicit Fragments(std::size_t max = kFragmentsMax) : max_(max) {}

  void insert(const Fragment& fragment);  // Its range must be uncounted.

  // As it was saved: no change.
  void restore(const Fragment& fragment);

  // Since the last time.
  struct Changed {
    std::vector<std::uint64_t> erased;  // Begins.
    std::vector<Fragment> put;
  };
  Changed takeChanges();

  bool intersects(SampleRange range) const;
  // All of it, by that worker, as far as that is known.
  bool holds(SampleRange range, WorkerId contributor) const;
  std::uint64_t samples() const { return samples_; }
  const Hits& hits() const { return hits_; }
  std::size_t count() const { return byBegin_.size(); }
  // Joining neighbours was of little use: there are more gaps than honest workers leave.
  bool haveTooManyGaps() const { return haveTooManyGaps_; }
  std::vector<Fragment> all() const;

  // Chunks of which every sample is counted; the last chunk of the job may be short.
  std::uint64_t wholeChunks(std::uint64_t chunkSize, std::uint64_t jobSamples) const;

 private:
  void joinNeighbours();

  std::size_t max_;
  bool haveTooManyGaps_ = false;
  std::map<std::uint64_t, Fragment> byBegin_;
  std::set<std::uint64_t> changed_;  // Begins of fragments that came, grew or went.
  std::uint64_t samples_ = 0;
  Hits hits_;
};

}  // namespace pi::scheduler
