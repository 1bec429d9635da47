#include "common/wire/wire.h"

#include <capnp/message.h>
#include <doctest/doctest.h>

#include <functional>

#include "common/model/limits.h"
#include "common/net/transport/buffered_socket.h"
#include "tests/unit/wire/through_the_wire.h"

using namespace pi;
using namespace pi::net;

namespace {

Hits someHits() {
  Hits hits;
  hits.strata[0] = 7;
  hits.strata[3] = 9;
  return hits;
}

const LeaseTally kTally{.lease = LeaseId{3},
                        .job = JobId{4},
                        .tally = {.range = {.begin = 5, .end = kSamplesEnd}, .hits = someHits()},
                        .busy = std::chrono::milliseconds(12)};
const JobSpec kSpec{.stream = {.seed = ~std::uint64_t{0}, .sampler = Sampler::kSobol},
                    .samples = kSamplesEnd - 1,
                    .chunkSize = 1000,
                    .priority = -3,
                    .threadsMax = 64,
                    .submitter = "ann@login1",
                    .name = "M\xC3\xBCller 7"};
const WorkerProfile kProfile{.name = "node 1",
                             .host = "node1",
                             .pid = 99,
                             .threads = 8,
                             .kernel = "avx2",
                             .samplesPerSecond = 1'000'000'007,
                             .batchJob = "123.4",
                             .allocation = "pi-5f3a-1-2",
                             .cpuThreads = 6};

}  // namespace

TEST_CASE("a value is the same after it was written and read") {
  CHECK(throughTheWire<wire::Tally>(kTally) == kTally);
  CHECK(throughTheWire<wire::JobSpec>(kSpec) == kSpec);
  CHECK(throughTheWire<wire::WorkerProfile>(kProfile) == kProfile);

  Lease lease{.id = LeaseId{1},
              .job = JobId{2},
              .stream = kSpec.stream,
              .range = {3, 4},
              .blockSamples = 5,
              .threads = 3};
  CHECK(throughTheWire<wire::Lease>(lease) == lease);

  JobInfo info{.id = JobId{5},
               .uid = {.bytes = {1, 2, 3, 16}},
               .spec = kSpec,
               .state = JobState::kFailed,
               .streamVersion = 7,
               .samplesCounted = 17,
               .chunksCounted = 1,
               .hits = someHits(),
               .stratumSamples = {8, 0, 0, 9},
               .submittedOn = WallTime(std::chrono::hours(500'000)),
               .waiting = std::chrono::seconds(1),
               .hasStarted = true,
               .elapsed = std::chrono::seconds(3),
               .age = std::chrono::seconds(4),
               .workers = 1,
               .threads = 2,
               .workersNow = 3,
               .duplicatesDropped = 4,
               .samplesPerSecond = 5,
               .reason = "why",
               .waitsForDisk = true};
  CHECK(throughTheWire<wire::JobInfo>(info) == info);

  WorkerInfo worker{.id = WorkerId{6},
                    .profile = kProfile,
                    .state = WorkerState::kDraining,
                    .samplesContributed = 7,
                    .samplesPerSecond = 8,
                    .leases = 9,
                    .sinceHeard = std::chrono::seconds(1),
                    .connected = std::chrono::seconds(10),
                    .timeLeft = std::chrono::seconds(11)};
  CHECK(throughTheWire<wire::WorkerInfo>(worker) == worker);
  worker.timeLeft.reset();
  CHECK(throughTheWire<wire::WorkerInfo>(worker) == worker);
}

TEST_CASE("the time left of a worker is bounded, and zero nanoseconds mean that it is unknown") {
  CHECK(timeLeftToWire({}) == 0);
  CHECK_FALSE(timeLeftFromWire(0));
  CHECK(timeLeftToWire(Duration(-5)) == 1);
  CHECK(timeLeftToWire(Duration(0)) == 1);
  CHECK(timeLeftFromWire(1) == Duration(1));
  CHECK(timeLeftFromWire(timeLeftToWire(std::chrono::hours(1))) == std::chrono::hours(1));
  CHECK(timeLeftFromWire(~std::uint64_t{0}) == kTimeLeftMax);
}

TEST_CASE("a job from before uids and stream versions has no uid, and stream version 1") {
  capnp::MallocMessageBuilder message;
  auto builder = message.initRoot<wire::JobInfo>();
  toWire(JobInfo{.uid = {.bytes = {1}}, .spec = kSpec, .streamVersion = 7}, builder);
  builder.disownUid();
  builder.setStreamVersion(0);
  JobInfo info = fromWire(builder.asReader());
  CHECK(info.uid == JobUid{});
  CHECK(info.streamVersion == 1);
}

TEST_CASE("a uid of another length than 16 bytes is refused") {
  const JobInfo info{.spec = kSpec};
  for (unsigned size : {1u, 15u, 17u}) {
    CHECK(isRefused<wire::JobInfo>(info, [size](auto to) { to.initUid(size); }));
  }
}

TEST_CASE("a list is the same after it was written and read") {
  std::vector<LeaseTally> tallies{kTally, {}, kTally};
  capnp::MallocMessageBuilder message;
  auto hello = message.initRoot<wire::WorkerHello>();
  toWire(tallies, hello.initDone(3));
  CHECK(fromWire(hello.asReader().getDone()) == tallies);
  CHECK(hello.getDone()[0].getHits().size() == 4);  // Zeros at the end are left out.
  CHECK(hello.getDone()[1].getHits().size() == 0);
}

TEST_CASE("a job that is limited to more than a million threads is refused") {
  CHECK(isRefused<wire::JobSpec>(kSpec, [](auto to) { to.setThreadsMax(kJobThreadsMax + 1); }));
  CHECK_FALSE(isRefused<wire::JobSpec>(kSpec, [](auto to) { to.setThreadsMax(kJobThreadsMax); }));
}

TEST_CASE("a range that ends before it begins, or after 2^63, is refused") {
  for (auto [begin, end] : {std::pair<std::uint64_t, std::uint64_t>{2, 1},
                            {0, kSamplesEnd + 1},
                            {~std::uint64_t{0}, ~std::uint64_t{0}}}) {
    CHECK(isRefused<wire::Tally>(kTally, [begin = begin, end = end](wire::Tally::Builder tally) {
      tally.getRange().setBegin(begin);
      tally.getRange().setEnd(end);
    }));
  }
}

TEST_CASE("hits of too many strata, or more hits than 2^63, are refused") {
  CHECK(isRefused<wire::Tally>(kTally, [](auto tally) { tally.initHits(17); }));
  CHECK(isRefused<wire::Tally>(kTally, [](auto tally) {
    auto hits = tally.initHits(2);
    hits.set(0, kSamplesEnd);
    hits.set(1, 1);
  }));
}

TEST_CASE("a job without samples or chunks, or with a chunk larger than the job, is refused") {
  CHECK(isRefused<wire::JobSpec>(kSpec, [](auto spec) { spec.setSamples(0); }));
  CHECK(isRefused<wire::JobSpec>(kSpec, [](auto spec) { spec.setSamples(kSamplesEnd); }));
  CHECK(isRefused<wire::JobSpec>(kSpec, [](auto spec) { spec.setChunkSize(0); }));
  CHECK(isRefused<wire::JobSpec>(kSpec, [](auto spec) { spec.setSamples(999); }));
  CHECK(isRefused<wire::JobSpec>(kSpec, [](auto spec) {
    spec.getStream().setSampler(static_cast<wire::Sampler>(kSamplers.size()));
  }));
}

TEST_CASE("text that cannot be shown unchanged, or is too long, is refused") {
  for (const char* strange : {"\x9B", "\xE2\x80\xAE", "\xE2\x80\xA8", "\xC2\xA0", "\xC3"}) {
    CHECK(isRefused<wire::WorkerProfile>(kProfile, [=](auto p) { p.setName(strange); }));
    CHECK(isRefused<wire::WorkerProfile>(kProfile, [=](auto p) { p.setHost(strange); }));
    CHECK(isRefused<wire::WorkerProfile>(kProfile, [=](auto p) { p.setKernel(strange); }));
    CHECK(isRefused<wire::WorkerProfile>(kProfile, [=](auto p) { p.setBatchJob(strange); }));
  }
  CHECK(isRefused<wire::WorkerProfile>(kProfile, [](auto p) { p.setName("a\x1b[2J"); }));
  CHECK(isRefused<wire::WorkerProfile>(kProfile, [](auto p) { p.setHost("a\nb"); }));
  CHECK(isRefused<wire::WorkerProfile>(kProfile, [](auto p) {
    p.setName(
        "a\xC2\x9B"
        "2J");
  }));
  CHECK(isRefused<wire::WorkerProfile>(kProfile, [](auto p) { p.setBatchJob("\xC2\x80"); }));
  std::string tooLong(129, 'x');
  CHECK(isRefused<wire::WorkerProfile>(kProfile, [&](auto p) { p.setName(tooLong.c_str()); }));
  CHECK(isRefused<wire::WorkerProfile>(kProfile, [&](auto p) { p.setHost(tooLong.c_str()); }));
  CHECK(isRefused<wire::WorkerProfile>(kProfile, [&](auto p) { p.setKernel(tooLong.c_str()); }));
  CHECK(isRefused<wire::WorkerProfile>(kProfile, [&](auto p) { p.setBatchJob(tooLong.c_str()); }));
  CHECK(isRefused<wire::WorkerProfile>(kProfile, [](auto p) { p.setThreads(0); }));
}

TEST_CASE("a job's submitter and name are checked like all texts of peers") {
  std::string tooLong(129, 'x');
  for (const char* text : {"a\nb", "a\x1b[2J", tooLong.c_str()}) {
    CHECK(isRefused<wire::JobSpec>(kSpec, [text](auto spec) { spec.setSubmitter(text); }));
    CHECK(isRefused<wire::JobSpec>(kSpec, [text](auto spec) { spec.setName(text); }));
  }
  JobSpec longest = kSpec;
  longest.submitter = longest.name = std::string(128, 'x');
  CHECK(throughTheWire<wire::JobSpec>(longest) == longest);
}

TEST_CASE("the largest page of jobs with the longest texts fits into a message") {
  JobInfo most{.spec = kSpec, .reason = std::string(kReasonBytesMax, 'x')};
  most.uid.bytes.fill(1);
  most.spec.submitter = std::string(kSubmitterBytesMax, 'x');
  most.spec.name = std::string(kJobNameBytesMax, 'x');
  most.hits.strata.fill(1);
  most.stratumSamples.fill(1);
  capnp::MallocMessageBuilder message;
  constexpr unsigned kPage = 1000;  // As the schema says.
  auto jobs = message.initRoot<wire::ClientDesk::ListResults>().initJobs(kPage);
  for (unsigned i = 0; i < kPage; ++i) toWire(most, jobs[i]);
  CHECK(2 * message.sizeInWords() <= StreamLimits().messageWordsMax);
}

TEST_CASE("a name may have all characters that can be seen, and spaces") {
  WorkerProfile profile = kProfile;
  profile.name = "M\xC3\xBCller -\xE4\xB8\xAD\xE2\x82\xAC";
  profile.host = std::string(128, 'x');
  CHECK(throughTheWire<wire::WorkerProfile>(profile) == profile);
}

TEST_CASE("a description of the scheduler goes through the wire unchanged") {
  SchedulerInfo info{.programVersion = "1.2",
                     .gitCommit = "abc",
                     .protocolVersion = 3,
                     .streamVersion = 2,
                     .host = "login1",
                     .pid = 42,
                     .addresses = {"tcp://10.0.0.1:8786", "tcp://[::1]:8786"},
                     .dashboard = "http://127.0.0.1:8787/",
                     .uptime = Duration(123),
                     .unfinishedJobs = 4,
                     .workers = 5,
                     .threads = 6,
                     .samplesPerSecond = 7,
                     .diskFailure = "no space",
                     .now = Instant(Duration(8)),
                     .wallNow = WallTime(Duration(9))};
  info.queues = {{.name = "slurm: -p a",
                  .pausedBecause = "the owner wants it",
                  .whyNotMore = "it is paused",
                  .workersMin = 1,
                  .workersMax = 8,
                  .pending = 2,
                  .running = 3,
                  .pendingReason = "Priority",
                  .nodeSeconds = 5400,
                  .nodeSecondsMax = 7200,
                  .allocations = {{.name = "pi-1-2",
                                   .id = "4711",
                                   .stage = "pending",
                                   .reason = "Priority",
                                   .isConnected = true,
                                   .isLeaving = true,
                                   .startsIn = std::chrono::hours(2),
                                   .nodeSeconds = 60},
                                  {.name = "pi-1-3"}}},
                 {.name = "local"}};
  CHECK(throughTheWire<wire::SchedulerInfo>(info) == info);
  info.dashboard = std::nullopt;
  CHECK(throughTheWire<wire::SchedulerInfo>(info) == info);
}

TEST_CASE("a list of the most workers with the longest texts fits into a message") {
  std::string text(kProfileTextBytesMax, 'x');
  WorkerInfo most{.profile = {.name = text, .host = text, .kernel = text, .batchJob = text}};
  capnp::MallocMessageBuilder message;
  auto workers = message.initRoot<wire::ClientDesk::WorkersResults>().initWorkers(11'000);
  for (unsigned i = 0; i < workers.size(); ++i) {
    most.reason =
        std::string(i < 1'000 ? 256 : 0, 'x');  // Longer than the reason of any quarantine.
    toWire(most, workers[i]);
  }
  constexpr std::size_t kEnvelopeWords = 1024;
  CHECK(message.sizeInWords() + kEnvelopeWords <= StreamLimits().messageWordsMax);
}

TEST_CASE("a policy of an older scheduler is none, and no time is longer than is accepted") {
  capnp::MallocMessageBuilder message;
  auto policy = message.initRoot<wire::Policy>();
  CHECK_FALSE(fromWire(policy.asReader(), std::chrono::minutes(1)));

  WorkerPolicy told{.leaseTarget = std::chrono::seconds(3),
                    .prefetch = std::chrono::milliseconds(240),
                    .heartbeat = std::chrono::seconds(12),
                    .silenceTimeout = std::chrono::seconds(90)};
  toWire(told, policy);
  CHECK(fromWire(policy.asReader(), std::chrono::hours(1)) == told);
  told.silenceTimeout = std::chrono::minutes(1);
  CHECK(fromWire(policy.asReader(), std::chrono::minutes(1)) == told);
}
