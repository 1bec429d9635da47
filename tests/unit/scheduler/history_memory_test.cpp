// The memory of what the core remembers, as the allocator counts it.  SECURITY.md names the limits.
#include <doctest/doctest.h>
#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/model/epoch.h"
#include "scheduler/core/config.h"
#include "scheduler/core/convergence.h"
#include "scheduler/core/lease_history.h"
#include "scheduler/core/limits.h"
#include "scheduler/core/throughput.h"
#include "scheduler/core/worker_history.h"

namespace pi::scheduler {
namespace {

using std::chrono::seconds;

#ifdef PI_SANITIZED
constexpr bool kIsCounted = false;  // The sanitizer has an allocator of its own.
#else
constexpr bool kIsCounted = true;
#endif

constexpr Config kUsual;
constexpr std::size_t kTracksMax =
    kUsual.workersMax + kUsual.quarantinedMax + kUsual.history.goneWorkersMax;
// A vector that grows has room for twice its numbers.
constexpr std::size_t kSeriesBytes = 2 * sizeof(std::uint64_t) * kUsual.history.seriesNumbersMax;
static_assert(kUsual.history.leaseRecordsMax * kLeaseRecordBytesMax +
                  kTracksMax * kWorkerTrackBytesMax + kSeriesBytes <=
              kHistoryBytesMax);

std::size_t allocated() {
  struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Since it was made.
class Growth {
 public:
  double bytes() const { return static_cast<double>(allocated()) - static_cast<double>(begin_); }
  double bytesOfEach(std::size_t count) const { return bytes() / static_cast<double>(count); }

 private:
  std::size_t begin_ = allocated();
};

WorkerProfile longestProfile() {
  const std::string text(128, 'x');
  return {.name = text, .host = text, .kernel = text, .batchJob = text, .devices = text};
}

TEST_CASE("a lease that is remembered takes no more memory than SECURITY.md says") {
  Config config;
  JobTable jobs(config);
  JobId job = jobs.add({.spec = {.stream = {.sampler = Sampler::kSobol},
                                 .samples = kSamplesEnd - 1,
                                 .chunkSize = 1}},
                       {})
                  .id;
  // So many that the limit is reached, and old records go.
  const std::size_t count = config.history.leaseRecordsMax * 3 / 2;
  struct Case {
    bool hasStrata;
    std::size_t workers;
  };
  for (auto [hasStrata, workers] : {Case{false, 1'000}, Case{true, 1'000}, Case{true, count}}) {
    CAPTURE(hasStrata);
    CAPTURE(workers);
    Growth growth;
    auto leases = std::make_unique<LeaseHistory>(config.history, jobs);
    for (std::size_t i = 1; i <= count; ++i) {
      Hits hits{.strata = {1}};
      if (hasStrata) hits.strata[kStrataMax - 1] = 1;
      leases->end({.lease = LeaseId{i},
                   .worker = WorkerId{1 + i % workers},
                   .job = job,
                   .range = {.begin = i, .end = i + 2},
                   .counted = 2,
                   .hits = hits,
                   .begunAt = Instant(seconds(i))},
                  LeaseOutcome::kDone, Instant(seconds(i)));
    }
    REQUIRE(leases->endedCount() == config.history.leaseRecordsMax);
    double each = growth.bytesOfEach(leases->endedCount());
    MESSAGE(each << " bytes a lease");
    if (kIsCounted) CHECK(each > (hasStrata ? 230 : 100));
    CHECK(each <= static_cast<double>(kLeaseRecordBytesMax));
  }
}

TEST_CASE(
    "the states of a worker take no more memory than SECURITY.md says, also when it is gone") {
  const WorkerProfile profile = longestProfile();
  HistoryLimits limits;
  limits.goneWorkersMax = 1'000;
  Growth growth;
  auto workers = std::make_unique<WorkerHistory>(limits);
  for (std::uint64_t serial = 1; serial <= limits.goneWorkersMax; ++serial) {
    WorkerId worker = workerIdOf(1, serial);
    for (int i = 0; i < 100; ++i) {
      WorkerState state = i % 2 == 0 ? WorkerState::kActive : WorkerState::kSilent;
      workers->note(worker, state, Instant(seconds(i)));
    }
    workers->noteGone(worker, profile, Instant(seconds(200)));
  }
  double each = growth.bytesOfEach(limits.goneWorkersMax);
  MESSAGE(each << " bytes a worker");
  if (kIsCounted) CHECK(each > 1'500);
  CHECK(each <= static_cast<double>(kWorkerTrackBytesMax));
}

TEST_CASE("series that are made coarser give their memory back") {
  constexpr std::size_t kJobs = 200;
  std::vector<std::unique_ptr<Throughput>> throughputs;
  Growth growth;
  for (std::size_t i = 0; i < kJobs; ++i) {
    auto& series = throughputs.emplace_back(std::make_unique<Throughput>(512));
    for (std::int64_t part = 1; part <= 512; ++part) series->add(1, Throughput::kWidthMin * part);
  }
  for (std::size_t length : {512, 256, 128, 64}) {
    CAPTURE(length);
    std::size_t numbers = 0;
    for (const auto& series : throughputs) numbers += series->numbers();
    CHECK(numbers <= kJobs * length);
    double room = 2.0 * sizeof(std::uint64_t) * static_cast<double>(numbers);
    CHECK(growth.bytes() <= room + static_cast<double>(kJobs * 200));
    for (auto& series : throughputs) series->halve();
  }
}

TEST_CASE("a convergence that is made coarser gives its memory back") {
  JobSpec spec{.stream = {.sampler = Sampler::kSobol}, .samples = 1 << 30, .chunkSize = 1 << 30};
  Ledger ledger(spec, spec.samples);
  ledger.count(LeaseId{}, WorkerId{1}, {.range = {.begin = 0, .end = 1 << 20}, .hits = {}});
  std::vector<ConvergencePoint> points;
  for (std::uint32_t i = 1; i <= 512; ++i) {
    points.push_back({.number = i, .samples = i, .elapsed = seconds(i)});
  }
  constexpr std::size_t kJobs = 50;
  std::vector<std::unique_ptr<Convergence>> all;
  Growth growth;
  for (std::size_t i = 0; i < kJobs; ++i) {
    all.push_back(std::make_unique<Convergence>(Sampler::kSobol, 512));
    all.back()->restore(points, ledger, seconds(600));
  }
  for (int halving = 0; halving < 4; ++halving) {
    CAPTURE(halving);
    std::size_t numbers = 0;
    for (const auto& series : all) numbers += series->numbers();
    double room = 2.0 * sizeof(std::uint64_t) * static_cast<double>(numbers);
    CHECK(growth.bytes() <= room + static_cast<double>(kJobs * 300));
    for (auto& series : all) series->halve();
  }
}

}  // namespace
}  // namespace pi::scheduler
