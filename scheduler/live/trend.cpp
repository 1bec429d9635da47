#include "scheduler/live/trend.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "scheduler/live/limits.h"

namespace pi::scheduler::live {
namespace {

const std::string kOthers = "others";

// The hosts with the most threads, by name.
std::vector<std::string> largestHosts(std::span<const WorkerInfo> workers) {
  std::unordered_map<std::string_view, std::uint64_t> threads;
  for (const WorkerInfo& worker : workers) threads[worker.profile.host] += worker.profile.threads;
  std::vector<std::pair<std::string_view, std::uint64_t>> hosts(threads.begin(), threads.end());
  bool areAll = hosts.size() <= kTrendGroupsMax;
  std::size_t count = areAll ? hosts.size() : kTrendGroupsMax - 1;
  auto isBefore = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  };
  std::ranges::partial_sort(hosts, hosts.begin() + static_cast<std::ptrdiff_t>(count), isBefore);
  std::vector<std::string> groups;
  for (std::size_t i = 0; i < count; ++i) groups.emplace_back(hosts[i].first);
  std::ranges::sort(groups);
  if (!areAll) groups.push_back(kOthers);
  return groups;
}

}  // namespace

void Trend::tick(std::span<const WorkerInfo> workers, const Rates& rates, Instant now) {
  std::set<std::string> names;
  std::map<std::string, std::string> hosts;
  for (const WorkerInfo& worker : workers) {
    if (worker.state == WorkerState::kLost) continue;
    if (names.size() > kTrendGroupsMax) break;  // Their number does not matter.
    names.insert(worker.profile.name);
    hosts[worker.profile.name] = worker.profile.host;
  }
  bool isByHost = names.size() > kTrendGroupsMax;
  std::vector<std::string> groups = isByHost ? largestHosts(workers) : workerGroups(names);
  if (groups != groups_ || isByHost != isByHost_) regroup(std::move(groups), isByHost);
  for (auto& [name, host] : hosts) hosts_[name] = host;
  std::erase_if(hosts_, [this](const auto& entry) {
    return std::ranges::find(groups_, entry.first) == groups_.end();
  });

  Point point{.number = ++lastNumber_, .at = now, .rates = {}};
  point.rates.resize(groups_.size());
  for (const WorkerInfo& worker : workers) {
    const std::string& name = isByHost_ ? worker.profile.host : worker.profile.name;
    auto group = std::ranges::find(groups_, name);
    if (group == groups_.end()) group = std::ranges::find(groups_, kOthers);
    if (group == groups_.end()) continue;  // It is lost.
    point.rates[static_cast<std::size_t>(group - groups_.begin())] += rates.of(worker.id, now);
  }
  points_.push_back(std::move(point));
  if (points_.size() > kTrendPointsMax) points_.pop_front();
}

// Groups of workers that are gone stay as long as they have points and there is room.
std::vector<std::string> Trend::workerGroups(const std::set<std::string>& names) const {
  std::set<std::string> groups = names;
  bool hasOthers = false;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    bool hasPoints =
        std::ranges::any_of(points_, [i](const Point& point) { return point.rates[i] > 0; });
    if (!hasPoints || groups.contains(groups_[i])) continue;
    bool fits = !isByHost_ && groups_[i] != kOthers && groups.size() + 1 < kTrendGroupsMax;
    if (fits) {
      groups.insert(groups_[i]);
    } else {
      hasOthers = true;
    }
  }
  std::vector<std::string> list(groups.begin(), groups.end());
  if (hasOthers && !groups.contains(kOthers)) list.push_back(kOthers);
  return list;
}

void Trend::regroup(std::vector<std::string> groups, bool isByHost) {
  auto placeOf = [&groups](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(groups, name) - groups.begin());
  };
  std::vector<std::size_t> places;
  for (const std::string& old : groups_) {
    std::string name = old;
    if (isByHost && !isByHost_ && hosts_.contains(old)) name = hosts_[old];
    std::size_t place = placeOf(isByHost_ && !isByHost ? kOthers : name);
    places.push_back(place < groups.size() ? place : placeOf(kOthers));
  }
  for (Point& point : points_) {
    std::vector<std::uint64_t> rates(groups.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] < rates.size()) rates[places[i]] += point.rates[i];
    }
    point.rates = std::move(rates);
  }
  groups_ = std::move(groups);
  isByHost_ = isByHost;
  ++groupsVersion_;
}

}  // namespace pi::scheduler::live
