#include "client/top/panels.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "client/render.h"
#include "client/top/chart.h"
#include "common/base/calendar.h"
#include "common/base/lines.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/base/text_width.h"
#include "common/model/estimate.h"

namespace pi::client::top {
namespace {

constexpr std::size_t kTableTitles = 2;  // The title of a panel, and those of its columns.

TextStyle styleFor(std::size_t columns, Look look) {
  return {.plusMinus = look.isUtf8 ? kPlusMinus : kPlusMinusAscii,
          .columns = std::max<std::size_t>(columns, 1)};
}

// "── Jobs ── 12, the newest first ──────"
Line ruled(const std::string& name, const std::string& about, std::size_t columns, Look look,
           bool isActive) {
  std::string dash = look.isUtf8 ? "─" : "-";
  std::string text = dash + dash + " " + name + " ";
  if (!about.empty()) text += dash + dash + " " + about + " ";
  for (std::size_t at = columnsOf(text); at < columns; ++at) text += dash;
  return {{text, isActive ? Style::kActivePanel : Style::kPanel}};
}

std::string padded(std::string text, std::size_t columns) {
  std::size_t width = columnsOf(text);
  return width < columns ? text.append(columns - width, ' ') : text;
}

// The first of `rows` items that are shown, so that the selected one is among them.
std::size_t firstShown(std::size_t selected, std::size_t count, std::size_t rows) {
  std::size_t before = std::min(selected, rows / 2);
  return std::min(selected - before, count - std::min(rows, count));
}

// The items that fit, as values.
template <typename Item>
std::vector<Item> slice(const std::vector<const Item*>& items, std::size_t first,
                        std::size_t rows) {
  std::vector<Item> some;
  for (std::size_t i = first; i < std::min(first + rows, items.size()); ++i) {
    some.push_back(*items[i]);
  }
  return some;
}

std::string countOf(std::size_t shown, std::size_t all) {
  return shown == all ? std::to_string(all) : std::to_string(shown) + " of " + std::to_string(all);
}

std::string_view textOf(JobOrder order) {
  switch (order) {
    case JobOrder::kState:
      return "running first";
    case JobOrder::kNewest:
      return "newest first";
    case JobOrder::kProgress:
      return "by progress";
    case JobOrder::kRate:
      return "by rate";
    case JobOrder::kName:
      break;
  }
  return "by name";
}

std::string_view textOf(WorkerOrder order) {
  switch (order) {
    case WorkerOrder::kNumber:
      return "by number";
    case WorkerOrder::kState:
      return "trouble first";
    case WorkerOrder::kRate:
      return "by rate";
    case WorkerOrder::kCounted:
      return "by samples";
    case WorkerOrder::kName:
      break;
  }
  return "by name";
}

template <typename Order>
std::string about(const State& state, std::size_t shown, std::size_t all, Order order,
                  bool isReversed) {
  std::string text = countOf(shown, all) + ", " + std::string(textOf(order));
  if (isReversed) text += ", reversed";
  if (!state.filter.empty()) text += ", with " + quoted(state.filter);
  return text;
}

Style styleOf(JobState state) {
  if (state == JobState::kFailed) return Style::kBad;
  return isOver(state) || state == JobState::kQueued ? Style::kFaint : Style::kPlain;
}

Style styleOf(WorkerState state) {
  if (state == WorkerState::kActive) return Style::kPlain;
  bool isGone = state == WorkerState::kQuarantined || state == WorkerState::kLost;
  return isGone ? Style::kBad : Style::kWarning;
}

// `text` has one line for the titles of the columns and one for each item.
template <typename Item>
void addTable(std::vector<Line>& lines, const std::string& text, const std::vector<Item>& items,
              std::size_t selected, std::size_t columns) {
  if (items.empty()) return;
  std::vector<std::string> rows = linesOf(text);
  lines.push_back({{padded(rows.front(), columns), Style::kColumns}});
  for (std::size_t i = 0; i < items.size(); ++i) {
    Style style = i == selected ? Style::kSelected : styleOf(items[i].state);
    lines.push_back({{padded(rows[i + 1], columns), style}});
  }
}

std::size_t roomFor(std::size_t height) { return height - std::min(height, kTableTitles); }

// No item is marked in a frame that no key can change.
constexpr std::size_t kNoItem = ~std::size_t{0};

std::vector<Line> ofHeight(std::vector<Line> lines, std::size_t height) {
  lines.resize(height);
  return lines;
}

}  // namespace

Heights heightsFor(std::size_t rows, std::size_t jobs, std::size_t workers) {
  constexpr std::size_t kTableLeast = 3;
  constexpr std::size_t kChartLeast = 4;
  constexpr std::size_t kChartMost = 13;
  constexpr std::size_t kLogLeast = 3;
  Heights heights;
  if (rows < 2 * kTableLeast) {
    heights.jobs = rows;
    return heights;
  }
  std::size_t left = rows - 2 * kTableLeast;
  heights.jobs = kTableLeast;
  heights.workers = kTableLeast;
  if (left >= kChartLeast) heights.chart = std::clamp(rows / 5, kChartLeast, kChartMost);
  heights.chart = std::min(heights.chart, left);
  left -= heights.chart;
  if (left >= kLogLeast) heights.log = kLogLeast;
  left -= heights.log;
  // One line after the other, to the table that needs it and has less; the rest is the log's.
  std::size_t jobsWanted = kTableTitles + jobs;
  std::size_t workersWanted = kTableTitles + workers;
  for (; left > 0; --left) {
    bool areJobsShort = heights.jobs < jobsWanted;
    bool areWorkersShort = heights.workers < workersWanted;
    if (areJobsShort && (!areWorkersShort || heights.jobs <= heights.workers)) {
      ++heights.jobs;
    } else if (areWorkersShort) {
      ++heights.workers;
    } else {
      break;
    }
  }
  (heights.log > 0 ? heights.log : heights.jobs) += left;
  return heights;
}

std::vector<Line> jobsPanel(const State& state, std::size_t columns, std::size_t height,
                            Look look) {
  std::vector<const JobInfo*> jobs = shownJobs(state);
  std::size_t selected = selectedJobAt(state);
  std::size_t first = firstShown(selected, jobs.size(), roomFor(height));
  std::vector<JobInfo> some = slice(jobs, first, roomFor(height));
  bool isActive = !look.isStill && state.panel == Panel::kJobs;
  std::string title =
      about(state, jobs.size(), state.last.jobs.size(), state.jobOrder, state.areJobsReversed);
  if (!state.last.areAllJobs) title += ", older ended ones are not shown";
  std::vector<Line> lines = {ruled("Jobs", title, columns, look, isActive)};
  if (jobs.empty()) {
    std::string why = state.last.jobs.empty() ? listText({}) : "no job has this text";
    lines.push_back({{linesOf(why).front(), Style::kFaint}});
  } else {
    addTable(lines, listText(some, styleFor(columns, look)), some,
             look.isStill ? kNoItem : selected - first, columns);
  }
  return ofHeight(std::move(lines), height);
}

std::vector<Line> workersPanel(const State& state, std::size_t columns, std::size_t height,
                               Look look) {
  std::vector<const WorkerInfo*> workers = shownWorkers(state);
  std::size_t selected = selectedWorkerAt(state);
  std::size_t first = firstShown(selected, workers.size(), roomFor(height));
  std::vector<WorkerInfo> some = slice(workers, first, roomFor(height));
  bool isActive = !look.isStill && state.panel == Panel::kWorkers;
  std::vector<Line> lines = {ruled("Workers",
                                   about(state, workers.size(), state.last.workers.size(),
                                         state.workerOrder, state.areWorkersReversed),
                                   columns, look, isActive)};
  if (workers.empty()) {
    std::string why = state.last.workers.empty() ? workersText({}) : "no worker has this text";
    lines.push_back({{linesOf(why).front(), Style::kFaint}});
  } else {
    // One is marked only while the keys are for it: none does anything with a worker.
    addTable(lines, workersText(some, styleFor(columns, look)), some,
             isActive ? selected - first : kNoItem, columns);
  }
  return ofHeight(std::move(lines), height);
}

std::vector<Line> chartPanel(const State& state, std::size_t columns, std::size_t height,
                             Look look) {
  const JobInfo* job = selectedJob(state);
  std::vector<ChartPoint> points;
  if (job != nullptr && job->id == state.last.pointsOf) {
    points = chartPoints(job->spec, state.last.points);
  }
  std::string about = "no error is known yet";
  if (!points.empty()) {
    auto samples = [](const ChartPoint& point) { return powerText(point.samples); };
    about = "standard error of job " + std::to_string(number(job->id)) + ", from " +
            samples(points.front()) + " to " + samples(points.back()) + " samples";
  }
  std::vector<Line> lines = {ruled("Convergence", about, columns, look, false)};
  ChartSize size{.columns = columns, .rows = height - std::min<std::size_t>(height, 1)};
  for (std::string& text : chart(points, size, look.isUtf8)) {
    lines.push_back({{std::move(text), Style::kPlain}});
  }
  return ofHeight(std::move(lines), height);
}

std::vector<Line> logPanel(const State& state, std::size_t columns, std::size_t height, Look look) {
  const std::vector<LogLine>& log = state.last.log;
  bool isActive = !look.isStill && state.panel == Panel::kLog;
  std::size_t back = std::min(state.linesBack, log.size());
  std::string about = back == 0 ? "" : std::to_string(back) + " newer lines below";
  std::vector<Line> lines = {ruled("Log", about, columns, look, isActive)};
  std::size_t rows = height - std::min<std::size_t>(height, 1);
  std::size_t end = log.size() - back;
  for (std::size_t i = end - std::min(end, rows); i < end; ++i) {
    constexpr std::size_t kClockBegins = 11;  // In "2026-11-26T20:41:03.250Z".
    constexpr std::size_t kClockCharacters = 8;
    Style style = log[i].level == "info" ? Style::kPlain : Style::kWarning;
    if (log[i].level == "error" || log[i].level == "critical") style = Style::kBad;
    lines.push_back(
        {{calendarText(log[i].time).substr(kClockBegins, kClockCharacters) + " ", Style::kFaint},
         {printable(log[i].text), style}});
  }
  return ofHeight(std::move(lines), height);
}

}  // namespace pi::client::top
