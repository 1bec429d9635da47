#include "scheduler/live/marks.h"

#include <algorithm>
#include <map>
#include <vector>

#include "scheduler/live/limits.h"

namespace pi::scheduler::live {
namespace {

// The kind of mark for the beginning of a period; empty if it is no news.
std::string_view kindOf(const WorkerTrack& track, std::size_t period) {
  switch (track.periods[period].state) {
    case WorkerState::kDraining:
      return "draining";
    case WorkerState::kQuarantined:
      return "quarantined";
    case WorkerState::kActive:
      break;
    default:
      return "";
  }
  if (period == 0) return "joined";
  const StatePeriod& before = track.periods[period - 1];
  bool wasGone = before.end && *before.end < track.periods[period].begin;
  return wasGone || before.state == WorkerState::kAbsent ? "returned" : "";
}

struct News {
  Instant at;
  std::vector<WorkerId> workers{};
};

}  // namespace

void Marks::tick(const WorkerHistory& history, std::span<const WorkerInfo> workers, Instant now) {
  std::map<std::string_view, News> all;
  auto note = [&all](std::string_view kind, WorkerId worker, Instant at) {
    if (kind.empty()) return;
    News& news = all.try_emplace(kind, News{.at = at}).first->second;
    news.at = std::min(news.at, at);
    news.workers.push_back(worker);
  };
  auto isNew = [this, now](Instant at) { return at >= seenUntil_ && at < now; };
  for (const auto& [id, track] : history.tracks()) {
    for (std::size_t i = track.periods.size(); i > 0 && isNew(track.periods[i - 1].begin); --i) {
      note(kindOf(track, i - 1), id, track.periods[i - 1].begin);
    }
    const StatePeriod& last = track.periods.back();
    if (!track.gone || !isNew(*last.end)) continue;
    note(last.state == WorkerState::kAbsent ? "lost" : "left", id, *last.end);
  }
  seenUntil_ = now;
  for (const auto& [kind, news] : all) {
    const WorkerTrack& track = *history.find(news.workers.front());
    auto info = std::ranges::find(workers, news.workers.front(), &WorkerInfo::id);
    std::string text = track.gone              ? track.gone->name
                       : info != workers.end() ? info->profile.name
                                               : "a worker";
    if (std::size_t others = news.workers.size() - 1; others > 0) {
      text += " and " + std::to_string(others) + (others == 1 ? " other" : " others");
    }
    marks_.push_back({.number = ++lastNumber_,
                      .at = news.at,
                      .kind = kind,
                      .text = text + " " + std::string(kind)});
    if (marks_.size() > kMarksMax) marks_.pop_front();
  }
}

}  // namespace pi::scheduler::live
