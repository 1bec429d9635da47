// A set of sample indices, stored as disjoint ranges.  Its cost depends on the number of ranges,
// not on the number of samples.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "common/model/sample_range.h"

namespace pi {

class IntervalSet {
 public:
  IntervalSet() = default;
  explicit IntervalSet(SampleRange range) { insert(range); }

  void insert(SampleRange range);
  void erase(SampleRange range);

  bool contains(SampleRange range) const;    // The whole range; true for an empty one.
  bool intersects(SampleRange range) const;  // Any part of the range; false for an empty one.
  // The parts of `range` that are in the set, in order.
  std::vector<SampleRange> within(SampleRange range) const;
  std::vector<SampleRange> ranges() const;
  std::uint64_t size() const { return size_; }  // In samples.
  bool empty() const { return ends_.empty(); }
  bool operator==(const IntervalSet&) const = default;

 private:
  std::map<std::uint64_t, std::uint64_t> ends_;  // Begin to end; disjoint and never adjoining.
  std::uint64_t size_ = 0;
};

}  // namespace pi
