#include <doctest/doctest.h>

#include <algorithm>
#include <clocale>

#include "client/top/layout.h"
#include "client/top/panels.h"
#include "common/base/text_width.h"
#include "tests/unit/model/sample_jobs.h"

namespace pi::client::top {
namespace {

using namespace std::chrono_literals;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

State sample(std::size_t jobs, std::size_t workers) {
  State state;
  SchedulerInfo& scheduler = state.last.scheduler;
  scheduler.host = "login1";
  scheduler.uptime = 3h;
  scheduler.workers = workers;
  scheduler.threads = 8 * workers;
  scheduler.samplesPerSecond = 12'300'000'000;
  for (std::size_t i = 1; i <= jobs; ++i) {
    JobInfo job = i == 1 ? runningJob() : finishedJob();
    job.id = JobId{i};
    state.last.jobs.push_back(job);
  }
  for (std::size_t i = 1; i <= workers; ++i) {
    WorkerInfo worker = activeWorker();
    worker.id = WorkerId{i};
    state.last.workers.push_back(worker);
  }
  for (std::uint32_t i = 1; i <= 4; ++i) {
    std::uint64_t samples = 1'000'000ULL << (3 * i);
    Hits hits;
    hits.strata[0] = samples / 4 * 3;
    state.last.points.push_back({.number = i, .samples = samples, .hits = hits, .isPrefix = true});
  }
  state.last.pointsOf = JobId{1};
  for (std::uint64_t i = 1; i <= 30; ++i) {
    state.last.log.push_back({.number = i, .level = "info", .text = "line " + std::to_string(i)});
  }
  return state;
}

std::string shown(const State& state, Size size, Look look = {}) {
  return textOf(layout(state, size, look));
}

// Checks the size of every line.
void checkFits(const State& state, Size size, Look look = {}) {
  std::vector<Line> lines = layout(state, size, look);
  CHECK(lines.size() == size.rows);
  for (const Line& line : lines) {
    std::size_t width = 0;
    for (const Span& span : line) width += columnsOf(span.text);
    CHECK(width <= size.columns);
  }
}

TEST_CASE("a usual terminal has room for every panel") {
  std::string text = shown(sample(20, 20), {.columns = 80, .rows = 24});
  for (const char* part :
       {"pi-scheduler on login1", "20 workers with 160 threads", " of 12.3 G samples/s",
        "job 1 \"night run\"", "50.0 %", "pi = 3.14159", "Jobs ── 20, running first", "COUNTED",
        "Workers ── 20, by number", "THREADS", "Convergence ── standard error of job 1", "Log",
        "line 30", "q leave"}) {
    CAPTURE(part);
    CHECK(holds(text, part));
  }
  CHECK_FALSE(holds(text, "line 1\n"));
}

TEST_CASE("the panel of jobs says that older ones are not shown") {
  State state = sample(20, 20);
  CHECK_FALSE(holds(shown(state, {.columns = 80, .rows = 24}), "not shown"));
  state.last.areAllJobs = false;
  CHECK(holds(shown(state, {.columns = 80, .rows = 24}),
              "Jobs ── 20, running first, older ended ones are not shown"));
}

TEST_CASE("a large terminal shows more of everything") {
  State state = sample(10, 10);
  std::string small = shown(state, {.columns = 80, .rows = 24});
  std::string large = shown(state, {.columns = 200, .rows = 60});
  CHECK_FALSE(holds(small, "SUBMITTER"));
  CHECK(holds(large, "SUBMITTER"));
  CHECK(holds(large, "line 12"));
  auto rowsOf = [](const std::string& text) {
    std::size_t rows = 0;
    for (auto at = text.find("node-1"); at != text.npos; at = text.find("node-1", at + 1)) ++rows;
    return rows;
  };
  CHECK(rowsOf(small) < 10);
  CHECK(rowsOf(large) == 10);
}

TEST_CASE("the layout fits every size, with little and with much to show") {
  for (std::size_t jobs : {0, 1, 500}) {
    State state = sample(jobs, jobs * 3);
    for (std::size_t columns : {0, 1, 2, 7, 20, 40, 80, 200}) {
      for (std::size_t rows : {0, 1, 2, 3, 4, 5, 8, 9, 10, 12, 15, 24, 60}) {
        CAPTURE(columns);
        CAPTURE(rows);
        checkFits(state, {.columns = columns, .rows = rows});
        checkFits(state, {.columns = columns, .rows = rows}, {.isUtf8 = false, .isStill = true});
      }
    }
  }
}

TEST_CASE("wide characters take two columns, and none is cut in halves") {
  const char* old = std::setlocale(LC_CTYPE, nullptr);
  std::string before = old == nullptr ? "C" : old;
  REQUIRE(std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr);
  State state = sample(3, 3);
  for (JobInfo& job : state.last.jobs) job.spec.name = "円周率の計算を夜に";
  for (WorkerInfo& worker : state.last.workers) worker.profile.name = "計算ノード";
  for (std::size_t columns = 0; columns <= 100; ++columns) {
    CAPTURE(columns);
    checkFits(state, {.columns = columns, .rows = 24});
  }
  CHECK(holds(shown(state, {}), "円周率の計算を夜に"));
  std::setlocale(LC_CTYPE, before.c_str());
}

TEST_CASE("text that is not UTF-8 has no line of dots and no plus-minus sign") {
  std::string text = shown(sample(2, 2), {}, {.isUtf8 = false});
  CHECK(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  CHECK(holds(text, "+-"));
  CHECK(holds(text, "*"));
}

TEST_CASE("the selected job stays on the screen") {
  State state = sample(100, 0);
  for (std::uint64_t id : {1, 2, 50, 99, 100}) {
    CAPTURE(id);
    state.job = JobId{id};
    std::size_t selected = 0;
    for (const Line& line : layout(state, {.columns = 80, .rows = 24})) {
      bool isSelected = !line.empty() && line.front().style == Style::kSelected;
      if (!isSelected) continue;
      ++selected;
      CHECK(line.front().text.starts_with(std::to_string(id) + " "));
    }
    CHECK(selected == 1);
  }
}

TEST_CASE("an empty cluster says what to do next") {
  std::string text = shown(sample(0, 0), {});
  CHECK(holds(text, "no jobs; submit one with pi-client submit SAMPLES"));
  CHECK(holds(text, "no workers; start one with pi-worker"));
  CHECK(holds(text, "no error is known yet"));
  State filtered = sample(3, 3);
  filtered.filter = "nothing of this name";
  text = shown(filtered, {});
  CHECK(holds(text, "no job has this text"));
  CHECK(holds(text, "no worker has this text"));
  CHECK(holds(text, "0 of 3"));
}

TEST_CASE("a lost scheduler is said in the first line, and what was known stays") {
  State state = sample(3, 3);
  state.loss = Loss{.why = "connection refused", .since = 12s};
  std::string text = shown(state, {});
  CHECK(holds(text, "lost for 12 s, reconnecting: connection refused"));
  CHECK(holds(text, "job 1"));
  state.loss->since = {};
  CHECK(holds(shown(state, {}), "lost just now, reconnecting: connection refused"));
  state.loss->since = 12s;
  state.loss->why = std::string(500, 'x');
  CHECK(holds(shown(state, {}), "lost for 12 s, reconnecting; the figures are older"));
  checkFits(state, {});
  CHECK(holds(shown(state, {}), "lost for 12 s"));
}

TEST_CASE("the last line has the question, the filter, the news or the keys") {
  State state = sample(3, 3);
  CHECK(holds(shown(state, {}), "q leave"));
  state.notice = "job 1 is cancelled";
  CHECK(holds(shown(state, {}), "job 1 is cancelled"));
  state.isTypingFilter = true;
  state.filter = "nig";
  CHECK(holds(shown(state, {}), "nig_"));
  state.askedCancel = JobId{1};
  CHECK(holds(shown(state, {}), "Cancel job 1?"));
  CHECK(holds(shown(state, {.columns = 80, .rows = 1}), "Cancel job 1?"));
}

TEST_CASE("a still frame has neither keys nor a selection, and no blank lines at its end") {
  State state = sample(1, 1);
  std::string text = shown(state, {}, {.isStill = true});
  CHECK_FALSE(holds(text, "q leave"));
  CHECK_FALSE(text.ends_with("\n\n"));
  for (const Line& line : layout(state, {}, {.isStill = true})) {
    for (const Span& span : line) CHECK(span.style != Style::kSelected);
  }
}

TEST_CASE("control characters of jobs, workers and the log never reach the terminal") {
  State state = sample(1, 1);
  state.last.jobs[0].spec.name = "a\x1b[2J";
  state.last.workers[0].profile.name = "b\x1b[2J";
  state.last.log.back().text = "c\x1b[2J";
  state.last.scheduler.host = "d\x1b[2J";
  state.filter = "";
  CHECK_FALSE(holds(shown(state, {.columns = 200, .rows = 60}), "\x1b"));
}

TEST_CASE("little room is for the jobs, then the workers, then the convergence, then the log") {
  CHECK(heightsFor(5, 9, 9).jobs == 5);
  CHECK(heightsFor(6, 9, 9).workers == 3);
  CHECK(heightsFor(9, 9, 9).chart == 0);
  CHECK(heightsFor(10, 9, 9).chart == 4);
  CHECK(heightsFor(12, 9, 9).log == 0);
  CHECK(heightsFor(13, 9, 9).log == 3);
  for (std::size_t rows = 0; rows <= 100; ++rows) {
    for (std::size_t count : {0, 1, 5, 1000}) {
      Heights heights = heightsFor(rows, count, 5);
      CHECK(heights.jobs + heights.workers + heights.chart + heights.log == rows);
    }
  }
}

}  // namespace
}  // namespace pi::client::top
