#include "client/progress.h"

#include <doctest/doctest.h>

#include <limits>

#include "common/base/text_width.h"
#include "tests/unit/model/sample_jobs.h"

namespace pi::client {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1000s};
constexpr ProgressStyle kLive{.mode = ProgressMode::kLive, .colour = false, .columns = 120};
constexpr ProgressStyle kColour{.mode = ProgressMode::kLive, .colour = true, .columns = 120};
constexpr ProgressStyle kLines{};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

JobInfo waitingJob() { return queuedJob(); }

// Removes escape sequences.
std::string plain(const std::string& text) {
  std::string kept;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm' && text[i] != 'K') ++i;
    } else if (text[i] != '\r') {
      kept += text[i];
    }
  }
  return kept;
}

TEST_CASE("the line has a bar, percentage, rate, time left, workers and the estimate") {
  CHECK(progressLine(runningJob(), 2s, kLive) ==
        "[###############...............]  50.0 %  250 M samples/s  ETA 2.0 s  2 workers  "
        "pi 3.14159 ± 0.00007");
}

TEST_CASE("no line is wider than the terminal, and the percentage is dropped last") {
  for (const JobInfo& job : {runningJob(), waitingJob(), finishedJob()}) {
    for (std::size_t columns = 1; columns <= 200; ++columns) {
      CAPTURE(columns);
      for (bool colour : {false, true}) {
        std::string line = progressLine(
            job, 99h, {.mode = ProgressMode::kLive, .colour = colour, .columns = columns});
        REQUIRE(columnsOf(plain(line)) <= columns);
      }
      Progress progress({.mode = ProgressMode::kLive, .colour = true, .columns = columns});
      REQUIRE(columnsOf(plain(progress.update(job, kStart))) <= columns);
    }
  }
  CHECK(progressLine(runningJob(), 2s, {.mode = ProgressMode::kLive, .columns = 10}) == "50.0 %");
  CHECK(progressLine(waitingJob(), {}, {.mode = ProgressMode::kLive, .columns = 20}) ==
        "waiting for workers");
}

TEST_CASE("colour is used only if the style has it") {
  CHECK(holds(progressLine(runningJob(), 2s, kColour), "\x1b[32m"));
  CHECK_FALSE(holds(progressLine(runningJob(), 2s, kLive), "\x1b"));
  CHECK(plain(progressLine(runningJob(), 2s, kColour)) == progressLine(runningJob(), 2s, kLive));
}

TEST_CASE("the bar is full only if all samples are counted") {
  JobInfo job = runningJob();
  job.samplesCounted = job.spec.samples - 1;
  CHECK(holds(progressLine(job, {}, kLive), "#.]"));
  job.samplesCounted = job.spec.samples;
  CHECK(holds(progressLine(job, {}, kLive), "##]  100.0 %"));
}

TEST_CASE("a job without workers is reported at once, on a terminal and in a log") {
  for (const ProgressStyle& style : {kLive, kLines}) {
    Progress progress(style);
    CHECK(holds(progress.update(waitingJob(), kStart), "waiting for workers"));
  }
}

TEST_CASE("the loss of the last worker is reported at once") {
  Progress progress(kLines);
  progress.update(runningJob(), kStart);
  JobInfo alone = runningJob();
  alone.workersNow = 0;
  std::string line = progress.update(alone, kStart + 1ms);
  CHECK(holds(line, "waiting for workers"));
  CHECK_FALSE(holds(line, "ETA"));
}

TEST_CASE("a full disk of the scheduler is reported at once") {
  for (const ProgressStyle& style : {kLive, kLines}) {
    Progress progress(style);
    progress.update(runningJob(), kStart);
    JobInfo ended = runningJob();
    ended.waitsForDisk = true;
    CHECK(holds(progress.update(ended, kStart + 1ms), "waiting for the scheduler's disk"));
  }
}

TEST_CASE("the line is ASCII where the locale is not UTF-8") {
  ProgressStyle ascii = kLive;
  ascii.plusMinus = kPlusMinusAscii;
  CHECK(progressLine(runningJob(), 2s, ascii).ends_with("pi 3.14159 +- 0.00007"));
}

TEST_CASE("a job behind others is queued, not waiting for workers") {
  JobInfo job = queuedJob();
  job.workersNow = 3;
  CHECK(holds(progressLine(job, {}, kLive), "queued"));
  CHECK_FALSE(holds(progressLine(job, {}, kLive), "waiting"));
}

TEST_CASE("a log gets a line every five seconds, and none for a short job") {
  Progress progress(kLines);
  CHECK(progress.update(runningJob(), kStart) == "");
  CHECK(progress.update(runningJob(), kStart + 4s) == "");
  CHECK(progress.update(runningJob(), kStart + 5s) ==
        "50.0 %  250 M samples/s  ETA 2.0 s  2 workers  pi 3.14159 ± 0.00007\n");
  CHECK(progress.update(runningJob(), kStart + 9s) == "");
  CHECK(progress.update(runningJob(), kStart + 10s) != "");
  CHECK(progress.clear() == "");
}

TEST_CASE("a log gets few lines while a job waits for workers") {
  Progress progress(kLines);
  int lines = 0;
  for (Duration passed = 0s; passed < 5min; passed += 1s) {
    if (!progress.update(waitingJob(), kStart + passed).empty()) ++lines;
  }
  CHECK(lines == 10);
}

TEST_CASE("a live line is redrawn at most ten times a second, and can be cleared") {
  Progress progress(kLive);
  CHECK(progress.clear() == "");
  CHECK(progress.update(runningJob(), kStart).starts_with("\r\x1b[K["));
  CHECK(progress.update(runningJob(), kStart + 99ms) == "");
  CHECK(progress.update(runningJob(), kStart + 100ms) != "");
  CHECK(progress.clear() == "\r\x1b[K");
  CHECK(progress.clear() == "");
}

TEST_CASE("the time left is shown once the rate has settled, and only if it is finite") {
  Progress progress(kLive);
  JobInfo job = runningJob();
  CHECK_FALSE(holds(progress.update(job, kStart), "ETA"));
  CHECK_FALSE(holds(progress.update(job, kStart + 900ms), "ETA"));
  CHECK(holds(progress.update(job, kStart + 1s), "ETA 2.0 s"));

  job.samplesPerSecond = 0;
  CHECK_FALSE(holds(progress.update(job, kStart + 2s), "ETA"));
  job.samplesPerSecond = 1;
  job.spec.samples = kSamplesEnd - 1;
  CHECK_FALSE(holds(progress.update(job, kStart + 3s), "ETA"));
}

TEST_CASE("time spent in the queue does not count for settling the rate") {
  Progress progress(kLive);
  progress.update(waitingJob(), kStart);
  CHECK_FALSE(holds(progress.update(runningJob(), kStart + 1h), "ETA"));
  CHECK(holds(progress.update(runningJob(), kStart + 1h + 1s), "ETA"));
}

TEST_CASE("the line follows the width of the terminal") {
  Progress progress(kLive);
  progress.setColumns(30);
  CHECK(columnsOf(plain(progress.update(runningJob(), kStart))) < 30);
}

}  // namespace
}  // namespace pi::client
