#include "scheduler/live/viewer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/json/history_objects.h"
#include "scheduler/live/limits.h"

namespace pi::scheduler::live {
namespace {

constexpr int kPeriodMs = 250;

// Points of the trend that are sent all at once; of more, every fifth.
constexpr std::size_t kFinePoints = 180;
constexpr std::uint64_t kCoarseStep = 5;

// Every list may take a share of what the lists before it leave.
constexpr double kSmallShare = 0.25;
constexpr double kShare = 0.5;
constexpr double kLargeShare = 0.6;

// The samples as text: they can exceed 2^53.
std::string textOf(const Box& box, const Timeline& timeline) {
  return compact(Json::array({number(box.worker), number(box.job), timeline.at(box.begin),
                              timeline.at(box.end), name(box.outcome), box.leases, box.counted,
                              std::to_string(box.range.begin), std::to_string(box.range.end)}));
}

std::string textOf(WorkerId worker, const StatePeriod& period, const Timeline& timeline) {
  Json end = period.end ? Json(timeline.at(*period.end)) : Json();
  return compact(Json::array({number(worker), name(period.state), timeline.at(period.begin), end}));
}

std::string textOf(const Trend::Point& point, const Timeline& timeline) {
  Json row = Json::array({timeline.at(point.at)});
  for (std::uint64_t rate : point.rates) row.push_back(rate);
  return compact(row);
}

// A lease that was lent ahead begins when the one before it ended.
Instant beginOf(const LeaseRecord& lease, const Feed& feed) {
  return std::max(lease.begunAt, feed.seen().boxes.lastEnd(lease.worker));
}

// The first point with at least this number.
std::size_t firstAt(const Convergence& series, std::uint32_t number) {
  std::size_t low = 0, high = series.size();
  while (low < high) {
    std::size_t middle = (low + high) / 2;
    if (series.at(middle).number < number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

void Viewer::follow(const Follow& wish) {
  workersFollowed_ = {wish.workers.begin(), wish.workers.end()};
  jobsFollowed_ = {wish.jobs.begin(), wish.jobs.end()};
  std::erase_if(lanes_,
                [this](const auto& lane) { return !workersFollowed_.contains(lane.first); });
  for (WorkerId worker : workersFollowed_) lanes_.try_emplace(worker);
  std::erase_if(convergence_,
                [this](const auto& series) { return !jobsFollowed_.contains(series.first); });
}

std::string Viewer::nextFrame(const Feed& feed, const History& history, bool control, Instant now) {
  const Feed::Seen& seen = feed.seen();
  FrameText frame(seen.workers.size() <= kFewWorkers ? kFrameBytesMax : kLargeFrameBytesMax);
  putHead(feed, control, now, frame);
  writeRunning(feed, history, frame);
  writeMarks(feed, frame);
  writeTables(seen, frame);
  writeRanges(feed, history, frame);
  writeBoxes(feed, history, frame);
  writePeriods(feed, history, frame);
  frame.beginList("workers", kShare);
  workers_.writeChanged(seen.workers, frame);
  frame.beginList("states", kShare);
  states_.writeChanged(seen.states, frame);
  writeTrend(feed, frame);
  writeConvergence(seen, history, frame);
  writeLog(seen, frame);
  return frame.take();
}

void Viewer::putHead(const Feed& feed, bool control, Instant now, FrameText& frame) {
  frame.put("now", std::to_string(feed.timeline().at(now)));
  if (std::exchange(isFirst_, false)) {
    frame.put("first", "true");
    frame.put("epoch", compact(Json(feed.epoch())));
    frame.put("period_ms", std::to_string(kPeriodMs));
  }
  if (control_ != control) frame.put("control", control ? "true" : "false");
  control_ = control;
  const Feed::Seen& seen = feed.seen();
  if (scheduler_ != seen.schedulerVersion) frame.put("scheduler", seen.scheduler);
  scheduler_ = seen.schedulerVersion;
}

// Not a change but the whole list: a worker that is not in it computes nothing.
void Viewer::writeRunning(const Feed& feed, const History& history, FrameText& frame) const {
  if (lanes_.empty()) return;
  std::string list = "[";
  for (WorkerId worker : workersFollowed_) {
    std::optional<LeaseRecord> lease = history.runningOf(worker);
    if (!lease) continue;
    Instant begin = beginOf(*lease, feed);
    if (list.size() > 1) list += ',';
    list += compact(Json::array({number(worker), number(lease->job), feed.timeline().at(begin)}));
  }
  frame.put("running", list + "]");
}

// Each once, and a bounded number in a frame: leases can be short.  The samples are text, since
// they can exceed 2^53.
void Viewer::writeRanges(const Feed& feed, const History& history, FrameText& frame) {
  frame.beginList("ranges", kSmallShare);
  auto write = [&](auto lane, auto end) {
    for (; lane != end; ++lane) {
      std::optional<LeaseRecord> lease = history.runningOf(lane->first);
      if (!lease) continue;
      std::string text = compact(
          Json::array({number(lane->first), feed.timeline().at(beginOf(*lease, feed)),
                       std::to_string(lease->range.begin), std::to_string(lease->range.end)}));
      if (text == lane->second.range) continue;
      nextRange_ = lane->first;
      if (!frame.add(text)) return false;
      lane->second.range = std::move(text);
    }
    return true;
  };
  auto next = lanes_.lower_bound(nextRange_);
  if (write(next, lanes_.end())) write(lanes_.begin(), next);
}

void Viewer::writeMarks(const Feed& feed, FrameText& frame) {
  frame.beginList("marks", kSmallShare);
  for (const Mark& mark : feed.marks().all()) {
    if (mark.number <= mark_) continue;
    Json row = Json::array({feed.timeline().at(mark.at), mark.kind, mark.text});
    if (!frame.add(compact(row))) return;
    mark_ = mark.number;
  }
}

void Viewer::writeTables(const Feed::Seen& seen, FrameText& frame) {
  frame.beginList("jobs_gone", kSmallShare);
  jobs_.writeGone(seen.jobs, frame);
  frame.beginList("workers_gone", kSmallShare);
  workers_.writeGone(seen.workers, frame);
  states_.forgetGone(seen.states);
  frame.beginList("jobs", kSmallShare);
  jobs_.writeChanged(seen.jobs, frame);
}

void Viewer::writeBoxes(const Feed& feed, const History& history, FrameText& frame) {
  frame.beginList("boxes", kLargeShare);
  auto begin = nextLane_ ? lanes_.lower_bound(*nextLane_) : lanes_.begin();
  nextLane_.reset();
  auto write = [&](auto lane, auto end) {
    for (; lane != end; ++lane) {
      if (writeBoxesOf(lane->first, lane->second, feed, history, frame)) continue;
      nextLane_ = lane->first;
      return false;
    }
    return true;
  };
  if (write(begin, lanes_.end())) write(lanes_.begin(), begin);
}

// False if they do not all fit.
bool Viewer::writeBoxesOf(WorkerId worker, Lane& lane, const Feed& feed, const History& history,
                          FrameText& frame) const {
  constexpr std::size_t kPastBoxesMin = 8;
  const Boxes& recent = feed.seen().boxes;
  std::size_t max =
      std::clamp(kPastBoxesMax / lanes_.size(), kPastBoxesMin, kPastBoxesPerWorkerMax);
  bool isPast = !lane.isCaughtUp || lane.boxes < recent.floor();
  std::vector<Box> boxes =
      isPast ? pastBoxes(history.leases().endedOf(worker), lane.boxes, recent.lastNumber(), max)
             : recent.after(worker, lane.boxes);
  for (const Box& box : boxes) {
    if (!frame.add(textOf(box, feed.timeline()))) return false;
    lane.boxes = box.number;
  }
  lane.boxes = recent.lastNumber();
  lane.isCaughtUp = true;
  return true;
}

void Viewer::writePeriods(const Feed& feed, const History& history, FrameText& frame) {
  frame.beginList("periods", kSmallShare);
  for (auto& [worker, lane] : lanes_) {
    const WorkerTrack* track = history.workers().find(worker);
    if (track == nullptr) continue;
    for (const StatePeriod& period : track->periods) {
      bool isOld = lane.period && period.begin < lane.period->begin;
      if (isOld || period == lane.period || period.end == period.begin) continue;
      if (!frame.add(textOf(worker, period, feed.timeline()))) return;
      lane.period = period;
    }
  }
}

void Viewer::writeTrend(const Feed& feed, FrameText& frame) {
  const Trend& trend = feed.trend();
  const auto& points = trend.points();
  bool isRestart = groups_ != trend.groupsVersion();
  if (points.empty() || (!isRestart && points.back().number <= point_)) return;
  std::string groups = compact(Json(trend.groups()));
  constexpr std::size_t kPointBytes = 200;
  if (frame.room() < 2 * (groups.size() + kPointBytes)) return;  // Later, with some points.
  if (isRestart) {
    groups_ = trend.groupsVersion();
    point_ = 0;
    coarseUntil_ = points.size() > kFinePoints ? points.back().number : 0;
  }
  FrameText part(static_cast<std::size_t>(kShare * static_cast<double>(frame.room())));
  if (isRestart) part.put("restart", "true");
  part.put("groups", groups);
  part.beginList("points");
  bool hasPoints = false;
  for (const Trend::Point& point : points) {
    bool isLeftOut = point.number <= coarseUntil_ && point.number % kCoarseStep != 0;
    if (point.number <= point_ || isLeftOut) continue;
    if (!part.add(textOf(point, feed.timeline()))) break;
    point_ = point.number;
    hasPoints = true;
  }
  if (!hasPoints && !isRestart) return;
  if (!hasPoints) part.put("points", "[]");
  frame.put("trend", part.take());
}

void Viewer::writeConvergence(const Feed::Seen& seen, const History& history, FrameText& frame) {
  FrameText part(static_cast<std::size_t>(kLargeShare * static_cast<double>(frame.room())));
  std::size_t left = jobsFollowed_.size();
  for (JobId job : jobsFollowed_) {
    part.beginList(std::to_string(number(job)), 1.0 / static_cast<double>(left--));
    const JobRow* row = seen.jobs.find(number(job));
    const JobHistory* past = history.job(job);
    if (row == nullptr || past == nullptr) continue;
    auto last = convergence_.find(job);
    std::size_t first =
        last == convergence_.end() ? 0 : firstAt(past->convergence, last->second.number);
    for (std::size_t i = first; i < past->convergence.size(); ++i) {
      ConvergencePoint point = past->convergence.at(i);
      if (last != convergence_.end() && point == last->second) continue;
      if (!part.add(compact(convergencePointObject(point, row->job.spec)))) break;
      last = convergence_.insert_or_assign(job, point).first;
    }
  }
  if (!part.empty()) frame.put("convergence", part.take());
}

void Viewer::writeLog(const Feed::Seen& seen, FrameText& frame) {
  frame.beginList("log");
  for (const Feed::Line& line : seen.log) {
    if (line.number <= line_) continue;
    if (!frame.add(line.text)) return;
    line_ = line.number;
  }
}

}  // namespace pi::scheduler::live
