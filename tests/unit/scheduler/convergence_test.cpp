#include "scheduler/core/convergence.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace pi::scheduler {
namespace {

using std::chrono::seconds;

// A job of which samples are counted, three quarters of them hits; a second passes with each tally.
struct Counting {
  explicit Counting(std::uint64_t samples, Sampler sampler = Sampler::kRandom,
                    std::size_t max = 512)
      : spec{.stream = {.sampler = sampler}, .samples = samples, .chunkSize = samples},
        ledger(spec, samples),
        series(sampler, max) {}

  void count(std::uint64_t begin, std::uint64_t end) {
    Tally tally{.range = {.begin = begin, .end = end}, .hits = {}};
    std::size_t strata = strataCount(spec.stream.sampler);
    for (std::size_t i = 0; i < strata; ++i) {
      tally.hits.strata[i] = stratumSize(tally.range, i, strata) / 4 * 3;
    }
    ledger.count(LeaseId{}, WorkerId{1}, tally);
    elapsed += seconds(1);
    series.note(ledger, elapsed);
    series.checkInvariants();
  }
  void countTo(std::uint64_t end) { count(ledger.progress().samples(), end); }
  void close() {
    series.close(ledger, elapsed);
    series.checkInvariants();
  }
  ConvergencePoint last() const { return series.at(series.size() - 1); }

  JobSpec spec;
  Ledger ledger;
  Convergence series;
  Duration elapsed{};
};

std::vector<std::uint64_t> samplesOf(const Convergence& series) {
  std::vector<std::uint64_t> samples;
  for (const ConvergencePoint& point : series.points()) samples.push_back(point.samples);
  return samples;
}

TEST_CASE("the first tally of a job is a point, with its hits, its time and its mark") {
  Counting job(1'000'000);

  job.countTo(4000);

  REQUIRE(job.series.size() == 1);
  CHECK(job.last() == ConvergencePoint{.number = 1,
                                       .samples = 4000,
                                       .hits = {.strata = {3000}},
                                       .elapsed = seconds(1),
                                       .isPrefix = true});
}

TEST_CASE("points are an eighth of an octave apart, and fewer than 500 for the largest job") {
  Counting job(kSamplesEnd - 1);
  std::uint64_t samples = 1;
  while (job.ledger.progress().samples() < kSamplesEnd / 2) {
    job.countTo(samples);
    samples += std::max<std::uint64_t>(samples / 50, 1);
  }
  job.countTo(kSamplesEnd - 1);

  CHECK(job.series.size() < 500);
  CHECK(job.series.size() > 470);
  std::vector<std::uint64_t> points = samplesOf(job.series);
  for (std::size_t i = 20; i + 1 < points.size(); ++i) {
    double ratio = static_cast<double>(points[i]) / static_cast<double>(points[i - 1]);
    CHECK(ratio > 1.03);
    CHECK(ratio < 1.16);
  }
}

TEST_CASE("many small tallies of a long job add no points") {
  Counting job(1'000'000);
  job.countTo(100'000);
  for (std::uint64_t end = 100'100; end <= 101'000; end += 100) job.countTo(end);
  CHECK(job.series.size() == 1);
}

TEST_CASE("a job's last point has all that was counted") {
  Counting job(1'000'000);
  job.countTo(100'000);
  job.countTo(101'000);

  job.close();

  CHECK(samplesOf(job.series) == std::vector<std::uint64_t>{101'000});
  CHECK(job.last().hits == job.ledger.progress().hits());
  CHECK(job.last().elapsed == seconds(2));
  job.close();
  CHECK(job.series.size() == 1);
}

TEST_CASE("a job of which nothing was counted has no points") {
  Counting job(100);
  job.close();
  CHECK(job.series.size() == 0);
}

TEST_CASE("points are marked exactly where the counted samples are a prefix") {
  Counting job(1 << 20, Sampler::kSobol);
  job.count(16'000, 32'000);
  CHECK_FALSE(job.last().isPrefix);
  job.count(64'000, 128'000);
  CHECK_FALSE(job.last().isPrefix);
  job.count(0, 16'000);
  CHECK_FALSE(job.last().isPrefix);

  job.count(32'000, 64'000);

  CHECK(job.last().isPrefix);
  CHECK(job.last().samples == 128'000);
  CHECK(job.last().hits.strata[15] == job.ledger.progress().hits().strata[15]);
}

TEST_CASE("a prefix takes the place of a point near it that is none, and keeps its place") {
  Counting job(1 << 20, Sampler::kSobol);
  job.count(0, 1000);
  job.count(1600, 100'000);
  REQUIRE(job.series.size() == 2);
  CHECK_FALSE(job.last().isPrefix);

  job.count(1000, 1600);

  CHECK(job.series.size() == 2);
  CHECK(job.last().number == 2);
  CHECK(job.last().isPrefix);
  CHECK(job.last().samples == 100'000);
  job.count(100'016, 100'032);
  job.close();
  CHECK(job.series.size() == 3);  // The prefix stays.
  CHECK(job.series.at(1).isPrefix);
}

TEST_CASE("a full series keeps every second point, the prefixes, and the last one") {
  Counting job(1 << 20, Sampler::kRandom, 8);
  job.count(0, 16);
  for (std::uint64_t end = 64; end <= 1024; end *= 2) job.count(end / 2, end);
  job.count(16, 32);
  job.countTo(4096);
  REQUIRE(samplesOf(job.series) ==
          std::vector<std::uint64_t>{16, 48, 112, 240, 496, 1008, 1024, 4096});
  REQUIRE(job.series.at(6).isPrefix);

  job.countTo(8192);

  CHECK(samplesOf(job.series) == std::vector<std::uint64_t>{16, 240, 1008, 4096, 8192});
  for (std::uint64_t end = 16'384; end <= 1 << 20; end *= 2) job.countTo(end);
  CHECK(job.series.size() <= 8);
  CHECK(job.last().samples == 1 << 20);
}

TEST_CASE("a correction is marked, and the series continues from there without later points") {
  Counting job(1 << 20);
  job.countTo(10'000);
  job.countTo(60'000);
  job.countTo(100'000);
  Counting mended(1 << 20);
  mended.ledger.count(LeaseId{}, WorkerId{1},
                      {.range = {.begin = 0, .end = 50'000}, .hits = {.strata = {9}}});
  job.series.correct(mended.ledger, seconds(5));
  CHECK(job.last().isCorrected);
  CHECK(samplesOf(job.series) == std::vector<std::uint64_t>{10'000, 50'000});
  CHECK(job.last().hits.total() == 9);
  CHECK(job.last().number == 4);

  mended.ledger.count(LeaseId{}, WorkerId{1},
                      {.range = {.begin = 50'000, .end = 70'000}, .hits = {}});
  job.series.note(mended.ledger, seconds(6));

  CHECK(samplesOf(job.series) == std::vector<std::uint64_t>{10'000, 50'000, 70'000});
  CHECK_FALSE(job.last().isCorrected);
  job.series.checkInvariants();
}

TEST_CASE("the mark of a correction outlives its point") {
  for (std::uint64_t corrected : {0u, 1u, 2u, 3u}) {
    CAPTURE(corrected);
    Counting job(1 << 20);
    for (std::uint64_t i = 0; i < 6; ++i) {
      job.countTo(std::uint64_t{16} << i);
      if (i == corrected) job.series.correct(job.ledger, job.elapsed);
    }
    std::vector<ConvergencePoint> before = job.series.points();

    job.series.halve();
    job.series.checkInvariants();

    CHECK(job.series.size() == (before.size() + 1) / 2);
    CHECK(job.last() == before.back());
    std::vector<ConvergencePoint> after = job.series.points();
    CHECK(std::ranges::count(after, true, &ConvergencePoint::isCorrected) == 1);
    auto mark = std::ranges::find(after, true, &ConvergencePoint::isCorrected);
    CHECK(mark->samples == std::uint64_t{16} << corrected);
  }
}

TEST_CASE("a correction to nothing empties the series, and the next point has its mark") {
  Counting job(1 << 20);
  job.countTo(10'000);
  Counting empty(1 << 20);
  job.series.correct(empty.ledger, seconds(2));
  CHECK(job.series.size() == 0);
  job.series.checkInvariants();

  empty.ledger.count(LeaseId{}, WorkerId{1}, {.range = {.begin = 0, .end = 100}, .hits = {}});
  job.series.note(empty.ledger, Duration{});

  REQUIRE(job.series.size() == 1);
  CHECK(job.last().elapsed == seconds(1));
  CHECK(job.last().isCorrected);
  CHECK(job.last().number == 2);
}

TEST_CASE("points that a correction removed stay away, although they are saved") {
  auto point = [](std::uint32_t number, std::uint64_t samples) {
    return ConvergencePoint{.number = number, .samples = samples, .elapsed = seconds(number)};
  };
  ConvergencePoint mark = point(4, 500);
  mark.isCorrected = true;
  Counting job(1 << 20);
  job.ledger.restore({.tally = {.range = {.begin = 0, .end = 800}, .hits = {.strata = {600}}},
                      .contributor = WorkerId{1}});

  job.series.restore({point(1, 100), point(2, 500), point(3, 900), mark, point(5, 700)}, job.ledger,
                     seconds(9));

  job.series.checkInvariants();
  CHECK(samplesOf(job.series) == std::vector<std::uint64_t>{100, 500, 700});
  CHECK(job.series.at(1).isCorrected);
  CHECK(job.series.takeChanges().empty());
}

TEST_CASE("each point is saved once, and once more if it is replaced") {
  Counting job(1 << 20);
  job.count(0, 1000);
  job.count(1200, 9000);
  CHECK(job.series.takeChanges().size() == 2);
  CHECK(job.series.takeChanges().empty());

  job.count(1000, 1100);
  CHECK(job.series.takeChanges().empty());
  job.count(1100, 1200);

  std::vector<ConvergencePoint> changes = job.series.takeChanges();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].number == 2);
  CHECK(changes[0].samples == 9000);
}

TEST_CASE("a saved series continues after a restart") {
  Counting first(1 << 20);
  first.countTo(1000);
  first.countTo(9000);
  first.countTo(9100);
  std::vector<ConvergencePoint> saved = first.series.points();
  REQUIRE(saved.size() == 2);

  Counting second(1 << 20);
  second.ledger.restore(
      {.tally = {.range = {.begin = 0, .end = 9100}, .hits = first.ledger.progress().hits()},
       .contributor = WorkerId{1}});
  second.elapsed = seconds(10);
  second.series.restore(saved, second.ledger, second.elapsed);
  CHECK(second.series.points() == saved);
  CHECK(second.series.takeChanges().empty());

  second.countTo(100'000);

  CHECK(second.last().number == 3);
  CHECK_FALSE(second.last().isCorrected);
  REQUIRE(second.series.takeChanges().size() == 1);
}

TEST_CASE("a saved series that does not lead to what is counted is marked after a restart") {
  std::vector<ConvergencePoint> saved = {
      {.number = 4, .samples = 1000, .hits = {.strata = {700}}, .elapsed = seconds(1)}};
  auto restored = [&](std::uint64_t samples, std::uint64_t hits) {
    Counting job(1 << 20);
    job.ledger.restore(
        {.tally = {.range = {.begin = 0, .end = samples}, .hits = {.strata = {hits}}},
         .contributor = WorkerId{1}});
    job.series.restore(saved, job.ledger, seconds(2));
    job.series.checkInvariants();
    return job.series.points();
  };
  CHECK(restored(1000, 700).size() == 1);
  CHECK(restored(1500, 700).size() == 1);
  for (auto [samples, hits] :
       {std::pair(900u, 650u), std::pair(1000u, 701u), std::pair(1500u, 699u)}) {
    std::vector<ConvergencePoint> points = restored(samples, hits);
    REQUIRE(points.size() == (samples > 1000 ? 2 : 1));
    CHECK(points.back().isCorrected);
    CHECK(points.back().number == 5);
    CHECK(points.back().samples == samples);
  }
}

TEST_CASE("a job that was saved without a series has one from what is counted") {
  Counting job(1 << 20);
  job.ledger.restore({.tally = {.range = {.begin = 0, .end = 500}, .hits = {.strata = {400}}},
                      .contributor = WorkerId{1}});

  job.series.restore({}, job.ledger, seconds(3));

  REQUIRE(job.series.size() == 1);
  CHECK(job.last().samples == 500);
  CHECK_FALSE(job.last().isCorrected);
}

TEST_CASE("a clock that was set back does not turn the times of the points around") {
  Counting job(1 << 20);
  job.elapsed = seconds(100);
  job.countTo(1000);
  job.elapsed = seconds(5);
  job.countTo(9000);
  CHECK(job.last().elapsed == seconds(101));
}

}  // namespace
}  // namespace pi::scheduler
