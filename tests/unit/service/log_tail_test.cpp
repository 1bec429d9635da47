#include "scheduler/service/log_tail.h"

#include <doctest/doctest.h>

#include "scheduler/limits.h"
#include "scheduler/service/service_log.h"
#include "tests/unit/service/captured_log.h"

namespace pi::scheduler {
namespace {

std::vector<std::string> textsOf(const std::vector<LogLine>& lines) {
  std::vector<std::string> texts;
  for (const LogLine& line : lines) texts.push_back(line.text);
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a reader of the log's tail gets each line once, by its number") {
  testing::CapturedLog captured;
  LogTail tail;
  CHECK(tail.linesAfter(0, 10).empty());
  for (const char* text : {"one", "two", "three"}) spdlog::info(text);
  std::vector<LogLine> lines = tail.linesAfter(0, 10);
  CHECK(textsOf(lines) == Texts{"one", "two", "three"});
  CHECK(lines.back().number == 3);
  CHECK(textsOf(tail.linesAfter(2, 10)) == Texts{"three"});
  CHECK(tail.linesAfter(3, 10).empty());
  CHECK(tail.linesAfter(9, 10).empty());
  CHECK(textsOf(tail.linesAfter(0, 2)) == Texts{"two", "three"});
}

TEST_CASE("the log's tail forgets its oldest lines, and numbers continue") {
  testing::CapturedLog captured;
  LogTail tail;
  for (std::size_t i = 0; i < kLogLinesKept + 5; ++i) spdlog::info("line {}", i);
  std::vector<LogLine> lines = tail.linesAfter(0, 2 * kLogLinesKept);
  REQUIRE(lines.size() == kLogLinesKept);
  CHECK(lines.front().number == 6);
  CHECK(lines.front().text == "line 5");
  CHECK(tail.linesAfter(5, 2 * kLogLinesKept).size() == kLogLinesKept);
  CHECK(tail.linesAfter(6, 2 * kLogLinesKept).size() == kLogLinesKept - 1);
}

TEST_CASE("a line of the log's tail knows the job and the worker that it is about") {
  testing::CapturedLog captured;
  LogTail tail;
  ServiceLog log;
  log.note({.worker = WorkerId{3}}, "worker 3 joined");
  log.noteTally(spdlog::level::warn, {.job = JobId{7}, .worker = WorkerId{3}}, "a tally");
  spdlog::info("of none");
  std::vector<LogLine> lines = tail.linesAfter(0, 10);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].about == LogSubject{.job = {}, .worker = WorkerId{3}});
  CHECK(lines[1].about == LogSubject{.job = JobId{7}, .worker = WorkerId{3}});
  CHECK(lines[2].about == LogSubject{});
}

}  // namespace pi::scheduler
