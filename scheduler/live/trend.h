// The throughput over the last minutes, by worker or by host.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/worker_info.h"
#include "scheduler/live/rates.h"

namespace pi::scheduler::live {

// The groups are the workers, by their names, if there are at most kTrendGroupsMax; else the hosts
// with the most threads, and "others".  A worker that is gone keeps its group as long as there is
// room.  When the groups change, what was remembered is added to the new ones: the sum of a point
// stays.  At most kTrendPointsMax points are remembered.
class Trend {
 public:
  struct Point {
    std::uint64_t number = 0;  // Counts up.
    Instant at;
    std::vector<std::uint64_t> rates{};  // As Rates has them, by group.
  };

  // Adds a point; once a second.
  void tick(std::span<const WorkerInfo> workers, const Rates& rates, Instant now);

  const std::vector<std::string>& groups() const { return groups_; }
  // Another one whenever the groups are others.
  std::uint64_t groupsVersion() const { return groupsVersion_; }
  const std::deque<Point>& points() const { return points_; }

 private:
  std::vector<std::string> workerGroups(const std::set<std::string>& names) const;
  void regroup(std::vector<std::string> groups, bool isByHost);

  std::vector<std::string> groups_;
  bool isByHost_ = false;
  std::map<std::string, std::string> hosts_;  // By group, if the groups are workers.
  std::uint64_t groupsVersion_ = 1;
  std::deque<Point> points_;
  std::uint64_t lastNumber_ = 0;
};

}  // namespace pi::scheduler::live
