#include "scheduler/live/boxes.h"

#include <algorithm>
#include <compare>
#include <tuple>

#include "scheduler/live/limits.h"

namespace pi::scheduler::live {
namespace {

Box boxOf(const LeaseRecord& lease, Instant lastEnd) {
  return {.number = lease.number,
          .worker = lease.worker,
          .job = lease.job,
          .begin = std::min(std::max(lease.begunAt, lastEnd), lease.endedAt),
          .end = lease.endedAt,
          .outcome = lease.outcome,
          .leases = 1,
          .counted = lease.counted,
          .range = lease.range};
}

bool areAlike(const Box& a, const Box& b) {
  return a.worker == b.worker && a.job == b.job && a.outcome == b.outcome;
}

void merge(Box& into, const Box& next) {
  into.number = std::max(into.number, next.number);
  into.begin = std::min(into.begin, next.begin);
  into.end = std::max(into.end, next.end);
  into.leases += next.leases;
  into.counted += next.counted;
  into.range.begin = std::min(into.range.begin, next.range.begin);
  into.range.end = std::max(into.range.end, next.range.end);
}

// Successive boxes that are alike, and whose ends are at most so far apart, become one.
std::vector<Box> merged(const std::vector<Box>& boxes, Duration apartMax) {
  std::vector<Box> result;
  for (const Box& box : boxes) {
    bool isNext =
        !result.empty() && areAlike(result.back(), box) && box.end - result.back().end <= apartMax;
    if (isNext) {
      merge(result.back(), box);
    } else {
      result.push_back(box);
    }
  }
  return result;
}

using Kind = std::tuple<WorkerId, JobId, LeaseOutcome>;

}  // namespace

Boxes::Boxes(const LeaseHistory& leases) {
  std::vector<LeaseRecord> newest = leases.endedAfter(0, 1);
  if (!newest.empty()) lastNumber_ = floor_ = newest.back().number;
}

void Boxes::tick(const LeaseHistory& leases, const std::set<WorkerId>& followed) {
  std::erase_if(lastEnds_, [&](const auto& entry) { return !followed.contains(entry.first); });
  std::map<Kind, Box> kinds;
  std::uint64_t last = lastNumber_;
  for (const LeaseRecord& lease : leases.endedAfter(lastNumber_, kLeasesPerTickMax)) {
    last = lease.number;
    if (!followed.contains(lease.worker)) continue;
    Instant& lastEnd = lastEnds_[lease.worker];
    Box box = boxOf(lease, lastEnd);
    lastEnd = lease.endedAt;
    auto [known, isNew] = kinds.try_emplace({lease.worker, lease.job, lease.outcome}, box);
    if (!isNew) merge(known->second, box);
  }
  lastNumber_ = last;
  if (kinds.empty()) return;
  Tick tick{.lastNumber = last, .boxes = {}};
  tick.boxes.reserve(kinds.size());
  for (auto& [kind, box] : kinds) tick.boxes.push_back(box);
  std::ranges::sort(tick.boxes, {},
                    [](const Box& box) { return std::pair(box.worker, box.number); });
  size_ += tick.boxes.size();
  ticks_.push_back(std::move(tick));
  while (size_ > kRecentBoxesMax) {
    floor_ = ticks_.front().lastNumber;
    size_ -= ticks_.front().boxes.size();
    ticks_.pop_front();
  }
}

std::vector<Box> Boxes::after(WorkerId worker, std::uint64_t after) const {
  std::vector<Box> boxes;
  auto tick = std::ranges::upper_bound(ticks_, after, {}, &Tick::lastNumber);
  for (; tick != ticks_.end(); ++tick) {
    auto box = std::ranges::lower_bound(tick->boxes, worker, {}, &Box::worker);
    for (; box != tick->boxes.end() && box->worker == worker; ++box) {
      if (box->number > after) boxes.push_back(*box);
    }
  }
  return merged(boxes, Duration::max());
}

Instant Boxes::lastEnd(WorkerId worker) const {
  auto found = lastEnds_.find(worker);
  return found == lastEnds_.end() ? Instant{} : found->second;
}

std::vector<Box> pastBoxes(const std::vector<LeaseRecord>& leasesOfWorker, std::uint64_t after,
                           std::uint64_t last, std::size_t max) {
  constexpr Duration kApart = std::chrono::milliseconds(250);
  constexpr Duration kApartMax = std::chrono::hours(1);
  std::vector<Box> boxes;
  Instant lastEnd{};
  for (const LeaseRecord& lease : leasesOfWorker) {
    if (lease.outcome == LeaseOutcome::kRunning || lease.number > last) break;
    if (lease.number > after) boxes.push_back(boxOf(lease, lastEnd));
    lastEnd = lease.endedAt;
  }
  for (Duration apart = kApart; boxes.size() > max && apart < kApartMax; apart *= 2) {
    boxes = merged(boxes, apart);
  }
  if (boxes.size() > max) boxes.erase(boxes.begin(), boxes.end() - static_cast<long>(max));
  return boxes;
}

}  // namespace pi::scheduler::live
