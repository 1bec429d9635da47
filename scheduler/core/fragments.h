// What is counted of a job: ranges with their hits and who computed them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "common/base/ids.h"
#include "common/base/tally.h"

namespace pi::scheduler {

struct Fragment {
  Tally tally;
  WorkerId contributor{};
  bool operator==(const Fragment&) const = default;
};

// Neighbours of the same contributor are one fragment, so their number grows with workers, not with
// leases.
class Fragments {
 public:
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
  bool holds(SampleRange range, WorkerId contributor) const;  // All of it, by that worker.
  std::uint64_t samples() const { return samples_; }
  const Hits& hits() const { return hits_; }
  std::size_t count() const { return byBegin_.size(); }
  std::vector<Fragment> all() const;

  // Chunks of which every sample is counted; the last chunk of the job may be short.
  std::uint64_t wholeChunks(std::uint64_t chunkSize, std::uint64_t jobSamples) const;

 private:
  std::map<std::uint64_t, Fragment> byBegin_;
  std::set<std::uint64_t> changed_;  // Begins of fragments that came, grew or went.
  std::uint64_t samples_ = 0;
  Hits hits_;
};

}  // namespace pi::scheduler
