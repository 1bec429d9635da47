#include "common/json/history_objects.h"

#include <doctest/doctest.h>

#include "common/model/epoch.h"
#include "common/model/estimate.h"

namespace pi {
namespace {

using namespace std::chrono_literals;

ConvergencePoint pointOf(Sampler sampler) {
  ConvergencePoint point{.number = 9, .samples = 1'600'000, .elapsed = 2500ms, .isPrefix = true};
  std::size_t strata = strataCount(sampler);
  for (std::size_t i = 0; i < strata; ++i) point.hits.strata[i] = 1'256'637 / strata + i % 3;
  return point;
}

TEST_CASE("a point of a convergence has the estimate that its job had then") {
  ConvergencePoint point = pointOf(Sampler::kRandom);
  JobInfo job{.spec = {}, .samplesCounted = point.samples, .hits = point.hits};
  Json object = convergencePointObject(point, job.spec);
  CHECK(object.at("number") == 9);
  CHECK(object.at("samples") == 1'600'000);
  CHECK(object.at("samples_text") == "1600000");
  CHECK(object.at("pi") == estimate(job)->pi);
  CHECK(object.at("standard_error") == estimate(job)->standardError);
  CHECK(object.at("elapsed_seconds") == 2.5);
  CHECK(object.at("is_prefix") == true);
  CHECK(object.at("is_corrected") == false);
}

TEST_CASE("the error of a quasi-random sampler is known at prefixes alone") {
  JobSpec spec{.stream = {.sampler = Sampler::kSobol}};
  ConvergencePoint point = pointOf(Sampler::kSobol);
  Json prefix = convergencePointObject(point, spec);
  // Far less than that of independent samples, so the strata are compared.
  CHECK(prefix.at("standard_error").get<double>() < 1e-4);
  point.isPrefix = false;
  Json other = convergencePointObject(point, spec);
  CHECK(other.at("pi") == prefix.at("pi"));
  CHECK(other.at("standard_error").is_null());
}

TEST_CASE("the error of independent samples is known at every point") {
  ConvergencePoint point = pointOf(Sampler::kRandom);
  point.isPrefix = false;
  CHECK(convergencePointObject(point, {}).at("standard_error").is_number());
}

TEST_CASE("a lease has its range, its outcome and its times since the scheduler's start") {
  Instant start{10s};
  LeaseRecord record{.lease = leaseIdOf(1000, 7),
                     .worker = workerIdOf(1000, 3),
                     .job = JobId{5},
                     .range = {.begin = 100, .end = 300},
                     .counted = 150,
                     .hits = {.strata = {120, 1}},
                     .begunAt = start + 1500ms,
                     .endedAt = start + 2s,
                     .outcome = LeaseOutcome::kTruncated};
  Json object = leaseRecordObject(record, start);
  CHECK(object.at("lease_text") == std::to_string(number(record.lease)));
  CHECK(object.at("worker") == 1'000'000'000'003);
  CHECK(object.at("worker_text") == "1000.3");
  CHECK(object.at("job") == 5);
  CHECK(object.at("outcome") == "truncated");
  CHECK(object.at("begin") == 100);
  CHECK(object.at("end_text") == "300");
  CHECK(object.at("counted") == 150);
  CHECK(object.at("hits") == 121);
  CHECK(object.at("begun_seconds") == 1.5);
  CHECK(object.at("ended_seconds") == 2);

  record.outcome = LeaseOutcome::kRunning;
  CHECK(leaseRecordObject(record, start).at("ended_seconds").is_null());
}

TEST_CASE("a line of a log names the job and the worker that it is about, if there are any") {
  LogLine line{.number = 1, .time = WallTime{}, .level = "info", .text = "started"};
  CHECK(logLineObject(line) ==
        Json{{"time", "1970-01-01T00:00:00.000Z"}, {"level", "info"}, {"text", "started"}});
  line.about = {.job = JobId{7}, .worker = workerIdOf(2, 1)};
  Json object = logLineObject(line);
  CHECK(object.at("job") == 7);
  CHECK(object.at("worker") == 2'000'000'001);
  CHECK(object.at("worker_text") == "2.1");
}

}  // namespace
}  // namespace pi
