#include "client/top/layout.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "client/render.h"
#include "client/top/panels.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/base/text_width.h"
#include "common/model/estimate.h"

namespace pi::client::top {
namespace {

using Lines = std::vector<Line>;

std::size_t widthOf(const Line& line) {
  std::size_t width = 0;
  for (const Span& span : line) width += columnsOf(span.text);
  return width;
}

// Appends as many of the texts as fit into the line, two blanks before each but the first.
void addFitting(Line& line, const std::vector<Span>& parts, std::size_t columns) {
  for (const Span& part : parts) {
    if (part.text.empty()) continue;
    std::string gap = line.empty() ? "" : "  ";
    if (widthOf(line) + gap.size() + columnsOf(part.text) > columns) return;
    line.push_back({gap + part.text, part.style});
  }
}

Line cut(Line line, std::size_t columns) {
  std::size_t left = columns;
  for (Span& span : line) {
    span.text = cutTo(span.text, left);
    left -= std::min(left, columnsOf(span.text));
  }
  return line;
}

void fill(Line& line, std::size_t columns, Style style) {
  std::size_t width = widthOf(line);
  if (width < columns) line.push_back({std::string(columns - width, ' '), style});
}

// As is counted now.  The speed, in contrast, is that of which the workers are capable.
std::uint64_t rateNow(const State& state) {
  std::uint64_t sum = 0;
  for (const JobInfo& job : state.last.jobs) {
    if (!isOver(job.state)) sum += job.samplesPerSecond;
  }
  return sum;
}

// "63.0 M of 22.4 G samples/s".
std::string rateOfSpeed(std::uint64_t rate, std::uint64_t speed) {
  std::string text = rateText(rate);
  return text.substr(0, text.rfind(" samples/s")) + " of " + rateText(speed);
}

// The reason is left out where there is no room for all of it.
std::string lossText(const State& state, std::size_t columns) {
  bool isNew = state.loss->since < std::chrono::seconds(1);
  std::string lost = isNew ? "lost just now" : "lost for " + durationText(state.loss->since);
  std::string whole = lost + ", reconnecting: " + printable(state.loss->why);
  return columnsOf(whole) <= columns ? whole : lost + ", reconnecting; the figures are older";
}

Line titleLine(const State& state, std::size_t columns) {
  const SchedulerInfo& scheduler = state.last.scheduler;
  Style style = Style::kTitle;
  std::vector<Span> parts = {{"pi-scheduler on " + printable(scheduler.host), style}};
  if (state.loss) {
    std::size_t room = columns - std::min(columns, widthOf({parts[0]}) + 2);
    parts.push_back({cutTo(lossText(state, room), room), Style::kBad});
  } else {
    parts.push_back(
        {countText(scheduler.workers, "worker") + " with " + countText(scheduler.threads, "thread"),
         style});
    parts.push_back({rateOfSpeed(rateNow(state), scheduler.samplesPerSecond), style});
    parts.push_back({"up for " + durationText(scheduler.uptime), style});
    if (scheduler.diskFailure) {
      parts.push_back({"disk: " + printable(*scheduler.diskFailure), Style::kBad});
    }
  }
  Line line;
  addFitting(line, parts, columns);
  fill(line, columns, style);
  return line;
}

// As much of it as is counted is strong.
void addBar(Line& line, const JobInfo& job, std::size_t columns, Look look) {
  constexpr std::size_t kLeast = 10;
  std::size_t used = widthOf(line) + 2;
  if (used + kLeast > columns) return;
  std::size_t length = columns - used;
  double share = static_cast<double>(job.samplesCounted) / static_cast<double>(job.spec.samples);
  auto counted = static_cast<std::size_t>(share * static_cast<double>(length));
  auto repeated = [](std::string_view text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
  };
  line.push_back({"  " + repeated(look.isUtf8 ? "━" : "#", counted), Style::kStrong});
  line.push_back({repeated(look.isUtf8 ? "─" : "-", length - counted), Style::kFaint});
}

// The selected job: how far it is, and what is known.
Lines headline(const State& state, std::size_t columns, Look look) {
  const JobInfo* job = selectedJob(state);
  if (job == nullptr) return {{}, {}};
  std::string title = "job " + std::to_string(number(job->id));
  if (!job->spec.name.empty()) title += " " + quoted(job->spec.name);
  std::string waiting = waitingText(*job);
  std::optional<Duration> left = timeLeft(*job);
  Line progress;
  addFitting(progress,
             {{title, Style::kStrong},
              {waiting.empty() ? std::string(name(job->state)) : waiting, Style::kPlain},
              {percentText(*job), Style::kPlain},
              {left ? "ETA " + durationText(*left) : "", Style::kPlain},
              {isOver(job->state) ? "" : rateText(job->samplesPerSecond), Style::kPlain}},
             columns);
  addBar(progress, *job, columns, look);
  std::optional<Estimate> found = estimate(*job);
  if (!found) return {progress, {{"pi is unknown: no sample is counted", Style::kFaint}}};
  KnownDigits known = knownDigits(*found);
  Line digits;
  addFitting(
      digits,
      {{"pi = " + knownText(*found, look.isUtf8 ? kPlusMinus : kPlusMinusAscii), Style::kStrong},
       {"95 %: " + known.low + " to " + known.high, Style::kFaint}},
      columns);
  return {progress, digits};
}

Lines helpText() {
  Lines lines = {{{"Keys", Style::kStrong}}};
  for (const char* text :
       {"Up, Down, PgUp, PgDn, Home, End, j, k   select, or scroll the log",
        "Tab      the next panel: jobs, workers, log", "s        another order of the panel",
        "r        the reverse order", "/        show only what has this text; Esc shows all again",
        "c        cancel the selected job, after a question",
        "q        leave; jobs and workers continue", "Ctrl-Z   suspend; fg continues", "",
        "The convergence is that of the selected job.  Any key closes this text."}) {
    lines.push_back({{text, Style::kPlain}});
  }
  return lines;
}

Line footer(const State& state, std::size_t columns) {
  Line line;
  if (state.askedCancel) {
    addFitting(line,
               {{"Cancel job " + std::to_string(number(*state.askedCancel)) +
                     "?  y: yes, any other key: no",
                 Style::kWarning}},
               columns);
  } else if (state.isTypingFilter) {
    line = {{"with the text: " + state.filter + "_   Enter: keep, Esc: all", Style::kWarning}};
  } else if (!state.notice.empty()) {
    line = {{printable(state.notice), Style::kWarning}};
  } else {
    std::vector<Span> keys;
    for (const char* key : {"q leave", "? help", "Tab panel", "s sort", "r reverse", "/ filter",
                            "c cancel", "Up, Down select"}) {
      keys.push_back({key, Style::kFaint});
    }
    addFitting(line, keys, columns);
  }
  return line;
}

void append(Lines& lines, Lines more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<Line> layout(const State& state, Size size, Look look) {
  constexpr std::size_t kHeadRows = 3;
  std::size_t footerRows = look.isStill ? 0 : 1;
  Lines lines = {titleLine(state, size.columns)};
  if (state.isHelpOpen) {
    append(lines, helpText());
  } else {
    append(lines, headline(state, size.columns, look));
    std::size_t rest = size.rows - std::min(size.rows, kHeadRows + footerRows);
    Heights heights = heightsFor(rest, shownJobs(state).size(), shownWorkers(state).size());
    append(lines, jobsPanel(state, size.columns, heights.jobs, look));
    append(lines, workersPanel(state, size.columns, heights.workers, look));
    append(lines, chartPanel(state, size.columns, heights.chart, look));
    append(lines, logPanel(state, size.columns, heights.log, look));
  }
  lines.resize(size.rows - std::min(size.rows, footerRows));
  if (footerRows > 0 && size.rows > 0) lines.push_back(footer(state, size.columns));
  for (Line& line : lines) line = cut(std::move(line), size.columns);
  return lines;
}

std::string textOf(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) {
    std::string whole;
    for (const Span& span : line) whole += span.text;
    whole.erase(whole.find_last_not_of(' ') + 1);
    text += whole + "\n";
  }
  text.erase(text.find_last_not_of('\n') + 1);
  return text + "\n";
}

}  // namespace pi::client::top
