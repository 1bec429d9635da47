#include "common/wire/history.h"

#include <capnp/message.h>
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "common/model/limits.h"
#include "common/model/sample_range.h"
#include "common/net/transport/buffered_socket.h"
#include "common/wire/limits.h"
#include "tests/unit/wire/through_the_wire.h"

namespace pi {
namespace {

using std::chrono::seconds;

const ConvergencePoint kPoint{.number = 3,
                              .samples = 1000,
                              .hits = {.strata = {400, 0, 380}},
                              .elapsed = seconds(2),
                              .isPrefix = true,
                              .isCorrected = true};
const LeaseRecord kRecord{.number = 9,
                          .lease = LeaseId{8},
                          .worker = WorkerId{7},
                          .job = JobId{6},
                          .range = {.begin = 5, .end = kSamplesEnd},
                          .counted = 100,
                          .hits = {.strata = {70, 30}},
                          .begunAt = Instant(seconds(3)),
                          .endedAt = Instant(seconds(4)),
                          .outcome = LeaseOutcome::kLate};
const StatePeriod kPeriod{
    .state = WorkerState::kSilent, .begin = Instant(seconds(1)), .end = Instant(seconds(2))};
const LogLine kLine{.number = 5,
                    .time = WallTime(seconds(1)),
                    .level = "info",
                    .text = "job 7 is finished",
                    .about = {.job = JobId{7}, .worker = WorkerId{8}}};

// The largest pages, as the schema and scheduler/core/history_limits.h say.
constexpr unsigned kPoints = 512, kLeases = 4096, kTracks = 1000, kPeriods = 32, kLines = 500;

// The words of a page with so many copies of the value.
template <typename Value, typename Init>
std::size_t wordsOfPage(const Value& value, Init init) {
  capnp::MallocMessageBuilder message;
  for (auto each : init(message)) toWire(value, each);
  return message.sizeInWords();
}

TEST_CASE("a value of the history is the same after it was written and read") {
  CHECK(throughTheWire<wire::ConvergencePoint>(kPoint) == kPoint);
  CHECK(throughTheWire<wire::LeaseRecord>(kRecord) == kRecord);
  for (std::size_t i = 0; i < kLeaseOutcomes; ++i) {
    LeaseRecord record = kRecord;
    record.outcome = static_cast<LeaseOutcome>(i);
    CHECK(throughTheWire<wire::LeaseRecord>(record) == record);
  }
  ThroughputParts parts{.begin = seconds(3), .width = seconds(1), .parts = {4, 0, kSamplesEnd}};
  CHECK(throughTheWire<wire::Throughput>(parts) == parts);
  WorkerTrackInfo track{.worker = WorkerId{3},
                        .profile = {.name = "node 1",
                                    .host = "node1",
                                    .threads = 8,
                                    .kernel = "avx2",
                                    .batchJob = {}},
                        .isGone = true,
                        .periods = {kPeriod, {.state = WorkerState::kLost, .begin = Instant{}}}};
  CHECK(throughTheWire<wire::WorkerTrack>(track) == track);
  CHECK(throughTheWire<wire::LogLine>(kLine) == kLine);
}

TEST_CASE("an audit is the same after it was written and read") {
  JobAudit audit{
      .job = JobId{7},
      .uid = {.bytes = {9}},
      .spec = {.stream = {.seed = 1, .sampler = Sampler::kSobol}, .samples = 100, .chunkSize = 10},
      .streamVersion = 2,
      .state = JobState::kCancelled,
      .counted = 50,
      .ranges = 2,
      .hits = {.strata = {3, 0, 2}},
      .faults = {"samples 5 to 9 are counted twice"},
      .workers = {{.worker = WorkerId{3},
                   .name = "ada",
                   .host = "node1",
                   .samples = 50,
                   .share = {.threads = 1,
                             .leases = 2,
                             .secondLeases = 3,
                             .samplesDropped = 4,
                             .samplesConfirmed = 5,
                             .disproved = 6}}},
      .workersLeftOut = 8,
      .samplesOfSeveral = 9};
  CHECK(throughTheWire<wire::JobAudit>(audit) == audit);
}

TEST_CASE("a line of the log that is too long or strange is cut, and shown as it can be") {
  LogLine line = kLine;
  line.text = "a\x1b[2J\n" + std::string(kReasonBytesMax, 'x') + "\xC3\xBC";
  LogLine shown = throughTheWire<wire::LogLine>(line);
  CHECK(shown.text == "a?[2J?" + std::string(kReasonBytesMax - 6, 'x'));
  CHECK(throughTheWire<wire::LogLine>(shown) == shown);
}

TEST_CASE("a point without samples, or with more hits than samples, is refused") {
  CHECK(isRefused<wire::ConvergencePoint>(kPoint, [](auto to) { to.setSamples(0); }));
  CHECK(isRefused<wire::ConvergencePoint>(kPoint, [](auto to) { to.setSamples(779); }));
  CHECK(isRefused<wire::ConvergencePoint>(kPoint, [](auto to) { to.setSamples(kSamplesEnd); }));
  CHECK(isRefused<wire::ConvergencePoint>(
      kPoint, [](auto to) { to.setElapsedNanoseconds(~std::uint64_t{0}); }));
}

TEST_CASE("a lease of which more is counted than was lent, or with an unknown end, is refused") {
  CHECK(isRefused<wire::LeaseRecord>(kRecord, [](auto to) { to.setCounted(kSamplesEnd); }));
  CHECK(isRefused<wire::LeaseRecord>(kRecord, [](auto to) { to.setCounted(99); }));
  CHECK(isRefused<wire::LeaseRecord>(
      kRecord, [](auto to) { to.setOutcome(static_cast<wire::LeaseOutcome>(kLeaseOutcomes)); }));
}

TEST_CASE("parts of time without a width, and periods that end before they begin, are refused") {
  ThroughputParts parts{.width = seconds(1)};
  CHECK(isRefused<wire::Throughput>(parts, [](auto to) { to.setWidthNanoseconds(0); }));
  CHECK(isRefused<wire::StatePeriod>(kPeriod, [](auto to) { to.setEndNanoseconds(1); }));
  CHECK(isRefused<wire::StatePeriod>(
      kPeriod, [](auto to) { to.setState(static_cast<wire::WorkerState>(6)); }));
}

TEST_CASE("the largest pages of histories fit into a quarter of a message") {
  const std::size_t most = net::StreamLimits().messageWordsMax / 4;

  ConvergencePoint point{.samples = kSamplesEnd - 1};
  LeaseRecord record = kRecord;
  record.counted = record.range.size();
  point.hits.strata.fill(1);
  record.hits.strata.fill(1);
  CHECK(wordsOfPage(point, [](auto& message) {
          return message.template initRoot<wire::Job::ConvergenceResults>().initPoints(kPoints);
        }) <= most);
  CHECK(wordsOfPage(record, [](auto& message) {
          return message.template initRoot<wire::Job::EndedLeasesResults>().initLeases(kLeases);
        }) <= most);

  std::string text(kProfileTextBytesMax, 'x');
  WorkerProfile profile{.name = text, .host = text, .kernel = text, .batchJob = text};
  profile.devices = text;
  WorkerTrackInfo track{.profile = profile, .periods = {kPeriods, kPeriod}};
  CHECK(wordsOfPage(track, [](auto& message) {
          return message.template initRoot<wire::ClientDesk::TracksResults>().initTracks(kTracks);
        }) <= most);
  LogLine line = kLine;
  line.text = std::string(kReasonBytesMax, 'x');
  CHECK(wordsOfPage(line, [](auto& message) {
          return message.template initRoot<wire::ClientDesk::LogResults>().initLines(kLines);
        }) <= most);
}

}  // namespace
}  // namespace pi
