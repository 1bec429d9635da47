#include "scheduler/store/database.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>
#include <utility>

#include "common/model/limits.h"
#include "scheduler/store/settings.h"
#include "scheduler/store/store_error.h"
#include "tests/store/faulty_disk.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

Saved reload(const fs::path& path, const ClockReading& now = kNow) {
  return Database(path).load(now);
}

JobChanges smallJob(std::uint64_t id) {
  JobChanges job{.record = {.id = JobId{id}, .spec = {}, .reason = "", .requestId = ""},
                 .erased = {},
                 .put = {},
                 .contributors = {}};
  job.record.uid.bytes[0] = static_cast<std::uint8_t>(id);
  job.record.spec.samples = 100;
  job.record.spec.chunkSize = 10;
  return job;
}

void commit(const fs::path& path, const JobChanges& job, const ClockReading& now = kNow) {
  Database database(path);
  database.load(now);
  database.commit({.jobs = {job}, .forgotten = {}, .lastJob = job.record.id}, now);
}

}  // namespace

TEST_CASE("a new store is empty and private, and leaves one file when it is closed") {
  StoreFolder folder;
  {
    Database database(folder.file());
    Saved saved = database.load(kNow);
    CHECK(saved.jobs.empty());
    CHECK(saved.lastJob == JobId{});
    CHECK(saved.epoch == 0);
    CHECK(fs::exists(folder.file().string() + "-wal"));
    // Network file systems have no shared memory.
    CHECK_FALSE(fs::exists(folder.file().string() + "-shm"));
    auto isPrivate = fs::perms::owner_read | fs::perms::owner_write;
    CHECK(fs::status(folder.file()).permissions() == isPrivate);
    CHECK(fs::status(folder.file().string() + "-wal").permissions() == isPrivate);
  }
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    CHECK(entry.path() == folder.file());
  }
}

TEST_CASE("extreme numbers and any bytes are read as they were written") {
  JobChanges job = smallJob(kMax >> 1);
  JobRecord& record = job.record;
  record.spec = {.stream = {.seed = kMax, .sampler = Sampler::kSobol},
                 .samples = kSamplesEnd - 1,
                 .chunkSize = kSamplesEnd - 1,
                 .priority = std::numeric_limits<std::int32_t>::min(),
                 .threadsMax = kJobThreadsMax,
                 .submitter = std::string(kSubmitterBytesMax, 'x'),
                 .name = "\xCF\x80 '\""};
  record.uid.bytes.fill(0xFF);
  record.streamVersion = 0xFFFFFFFF;
  record.state = JobState::kFailed;
  record.reason = "π failed;\n'\"";
  record.requestId = std::string("\0\xFF'\0", 4);
  record.submittedOn = WallTime::max();
  record.age = record.elapsed = hours(24) * 36'500;
  record.waiting = record.ageAtEnd = record.age;
  record.duplicatesDropped = kMax;
  Fragment fragment{.tally = {.range = {.begin = 1, .end = kSamplesEnd - 1}, .hits = {}},
                    .contributor = WorkerId{kMax}};
  for (std::size_t i = 0; i < kStrataMax; ++i) {
    fragment.tally.hits.strata[i] = stratumSize(fragment.tally.range, i, kStrataMax);
  }
  job.put = {fragment};
  job.contributors = {{.worker = WorkerId{kMax}, .share = {.threads = 0xFFFFFFFF}}};
  job.points = {{.number = 1,
                 .samples = kSamplesEnd - 2,
                 .hits = fragment.tally.hits,
                 .elapsed = record.age,
                 .isPrefix = true},
                {.number = 0x7FFFFFFE, .samples = 1, .elapsed = record.age, .isCorrected = true}};

  StoreFolder folder;
  commit(folder.file(), job);
  Saved saved = reload(folder.file());
  REQUIRE(saved.jobs.size() == 1);
  CHECK(saved.jobs[0] == SavedJob{record, job.put, job.contributors, job.points});
  CHECK(saved.lastJob == record.id);
}

TEST_CASE("a reload gives all batches that were committed") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    FaultyDisk disk;  // Faster, because it does not sync the real disk.
    StoreFolder folder;
    BatchGenerator generator(seed);
    StoreModel model;
    for (std::uint64_t opening = 0; opening < 6; ++opening) {
      Database database(folder.file());
      Saved saved = database.load(kNow);
      REQUIRE(isSame(saved, model.saved()));
      CHECK(saved.epoch == opening);
      for (int i = 0; i < 8; ++i) {
        Changes batch = generator.nextBatch();
        database.commit(batch, kNow);
        model.apply(batch);
      }
    }
  }
}

TEST_CASE("committing a batch again changes nothing") {
  StoreFolder folder;
  BatchGenerator generator(7);
  StoreModel model;
  {
    Database database(folder.file());
    database.load(kNow);
    for (int i = 0; i < 10; ++i) {
      Changes batch = generator.nextBatch();
      model.apply(batch);
      database.commit(batch, kNow);
      database.commit(batch, onCalendar(hours(1)));
    }
  }
  CHECK(isSame(reload(folder.file()), model.saved()));
}

TEST_CASE("the file does not keep the space of forgotten jobs") {
  FaultyDisk disk;
  StoreFolder folder;
  BatchGenerator generator(9, 100);
  std::uintmax_t early = 0;
  for (int round = 0; round < 10; ++round) {
    {
      Database database(folder.file());
      database.load(kNow);
      for (int i = 0; i < 40; ++i) database.commit(generator.nextBatch(), kNow);
    }
    if (round == 1) early = fs::file_size(folder.file());
  }
  CHECK(fs::file_size(folder.file()) <= 2 * early);
}

TEST_CASE("the secret is drawn once, and differs between stores") {
  StoreFolder folder;
  std::string secret = Database(folder.file()).secret();
  CHECK(secret.size() == 32);
  CHECK(Database(folder.file()).secret() == secret);
  CHECK(Database(folder.path() / "other.sqlite").secret() != secret);
}

TEST_CASE("the newest job id is kept when its job is forgotten") {
  StoreFolder folder;
  commit(folder.file(), smallJob(5));
  {
    Database database(folder.file());
    database.load(kNow);
    database.commit({.jobs = {}, .forgotten = {JobId{5}}, .lastJob = JobId{5}}, kNow);
  }
  Saved saved = reload(folder.file());
  CHECK(saved.jobs.empty());
  CHECK(saved.lastJob == JobId{5});
}

// A job of which 50 samples are counted.
JobChanges halfJob(std::uint64_t id) {
  JobChanges job = smallJob(id);
  job.record.state = JobState::kRunning;
  job.put = {{.tally = {.range = {.begin = 0, .end = 50}, .hits = {.strata = {40}}},
              .contributor = WorkerId{1}}};
  job.points = {{.number = 1, .samples = 10, .hits = {.strata = {8}}, .elapsed = Duration(5)},
                {.number = 2, .samples = 40, .hits = {.strata = {30}}, .elapsed = Duration(6)}};
  return job;
}

TEST_CASE("a point with a known number replaces that point, and others are kept") {
  StoreFolder folder;
  {
    Database database(folder.file());
    database.load(kNow);
    JobChanges job = halfJob(1);
    database.commit({.jobs = {job}, .forgotten = {}, .lastJob = JobId{1}}, kNow);
    job.points = {{.number = 2, .samples = 45, .hits = {.strata = {35}}, .elapsed = Duration(7)},
                  {.number = 5, .samples = 50, .hits = {.strata = {40}}, .elapsed = Duration(8)}};
    database.commit({.jobs = {job}, .forgotten = {}, .lastJob = JobId{1}}, kNow);
  }
  std::vector<ConvergencePoint> points = reload(folder.file()).jobs.at(0).points;
  REQUIRE(points.size() == 3);
  CHECK(points[0] == halfJob(1).points[0]);
  CHECK(points[1].samples == 45);
  CHECK(points[2].number == 5);
}

TEST_CASE("the points of a forgotten job are removed with it") {
  StoreFolder folder;
  {
    Database database(folder.file());
    database.load(kNow);
    database.commit({.jobs = {halfJob(1), halfJob(2)}, .forgotten = {}, .lastJob = JobId{2}}, kNow);
    database.commit({.jobs = {}, .forgotten = {JobId{1}}, .lastJob = JobId{2}}, kNow);
  }
  Saved saved = reload(folder.file());  // Points of an unknown job would be refused.
  REQUIRE(saved.jobs.size() == 1);
  CHECK(saved.jobs[0].points == halfJob(2).points);
}

TEST_CASE("the time of a point of a very old job is within what a job's age may be") {
  StoreFolder folder;
  JobChanges job = halfJob(1);
  job.points.back().elapsed = kAgeMax + hours(1);
  commit(folder.file(), job);
  CHECK(reload(folder.file()).jobs.at(0).points.back().elapsed == kAgeMax);
}

TEST_CASE("a job keeps its uid and the version of its stream") {
  StoreFolder folder;
  JobChanges job = smallJob(1);
  for (std::uint8_t i = 0; i < 16; ++i) job.record.uid.bytes[i] = static_cast<std::uint8_t>(i * 17);
  job.record.streamVersion = 7;
  commit(folder.file(), job);
  JobRecord record = reload(folder.file()).jobs.at(0).record;
  CHECK(hexText(record.uid) == "00112233445566778899aabbccddeeff");
  CHECK(record.streamVersion == 7);
}

// A machine that was started once: its clock cannot be set.
ClockReading sinceBoot(Duration time, Duration calendar = {}) {
  return {.calendar = kNow.calendar + calendar, .sinceBoot = time, .boot = "first"};
}

Duration ageAt(const StoreFolder& folder, const ClockReading& now) {
  return reload(folder.file(), now).jobs.at(0).record.age;
}

TEST_CASE("a job ages while no scheduler runs, whatever happens to the calendar") {
  for (Duration set : {Duration{}, Duration(hours(100)), Duration(hours(-100))}) {
    StoreFolder folder;
    JobChanges job = smallJob(1);
    job.record.age = hours(1);
    commit(folder.file(), job, sinceBoot(hours(5)));

    CHECK(ageAt(folder, sinceBoot(hours(7), set)) == hours(3));
    CHECK(ageAt(folder, sinceBoot(hours(8), -set)) == hours(4));
  }
}

TEST_CASE("after another start of the machine only the calendar tells how old a job is") {
  StoreFolder folder;
  JobChanges job = smallJob(1);
  job.record.age = hours(1);
  commit(folder.file(), job, sinceBoot(hours(5)));
  ClockReading second{
      .calendar = kNow.calendar + hours(10), .sinceBoot = hours(1), .boot = "second"};
  CHECK(ageAt(folder, second) == hours(11));
  second.sinceBoot = hours(2);
  CHECK(ageAt(folder, second) == hours(12));
}

TEST_CASE("a job never becomes younger, and a calendar that was never set counts for nothing") {
  StoreFolder folder;
  JobChanges job = smallJob(1);
  job.record.age = hours(1);
  commit(folder.file(), job);
  CHECK(ageAt(folder, onCalendar(hours(10))) == hours(11));
  CHECK(ageAt(folder, onCalendar(hours(9))) == hours(11));  // It was set back.
  CHECK(ageAt(folder, {.calendar = WallTime(hours(1))}) == hours(11));
  CHECK(ageAt(folder, kNow) == hours(11));  // It was as before the year 2020.
  CHECK(ageAt(folder, onCalendar(hours(2))) == hours(13));
}

TEST_CASE("a job ages from the commit that wrote it, not from later ones") {
  StoreFolder folder;
  JobChanges job = smallJob(1);
  job.record.age = hours(1);
  {
    Database database(folder.file());
    database.load(kNow);
    database.commit({.jobs = {job}, .forgotten = {}, .lastJob = JobId{2}}, kNow);
    JobChanges other = smallJob(2);
    database.commit({.jobs = {other}, .forgotten = {}, .lastJob = JobId{2}}, onCalendar(hours(2)));
  }
  Saved saved = reload(folder.file(), onCalendar(hours(3)));
  CHECK(saved.jobs.at(0).record.age == hours(4));
  CHECK(saved.jobs.at(1).record.age == hours(1));
}

TEST_CASE("a job that a wrong clock made very old can be written and read again") {
  StoreFolder folder;
  JobChanges job = smallJob(1);
  commit(folder.file(), job, kNow);
  const ClockReading last{.calendar = WallTime::max()};
  job.record.age = job.record.elapsed = reload(folder.file(), last).jobs.at(0).record.age;
  CHECK(job.record.age > hours(24) * 365);
  job.record.age += hours(1);
  job.record.elapsed += hours(1);
  commit(folder.file(), job, last);
  for (int i = 0; i < 5; ++i) {
    reload(folder.file(), kNow);
    CHECK(reload(folder.file(), last).jobs.size() == 1);
  }
}

TEST_CASE("the clocks of this machine count further") {
  ClockReading first = readClocks();
  ClockReading second = readClocks();
  CHECK_FALSE(first.boot.empty());
  CHECK(second.boot == first.boot);
  CHECK(second.sinceBoot >= first.sinceBoot);
  CHECK(timeBetween(first, second) >= Duration{});
}

TEST_CASE("each scheduler of a store has an incarnation of its own, and knows the last ones") {
  StoreFolder folder;
  Saved first = reload(folder.file());
  REQUIRE(first.incarnations.size() == 1);
  CHECK(first.incarnations.at(0) != Incarnation{});
  fs::copy_file(folder.file(), folder.path() / "copy");
  Saved second = reload(folder.file());
  CHECK(second.incarnations.size() == 2);
  CHECK(second.incarnations.at(0) == first.incarnations.at(0));
  CHECK(second.incarnations.at(1) != first.incarnations.at(0));

  fs::rename(folder.path() / "copy", folder.file());
  Saved restored = reload(folder.file());

  CHECK(restored.epoch == second.epoch);
  CHECK(restored.incarnations.at(0) == first.incarnations.at(0));
  CHECK(restored.incarnations.at(1) != second.incarnations.at(1));
}

TEST_CASE("a store keeps the newest incarnations of many schedulers") {
  FaultyDisk disk;  // Faster, because it does not sync the real disk.
  StoreFolder folder;
  for (std::uint64_t i = 0; i <= kIncarnationsKept; ++i) reload(folder.file());
  Saved saved = reload(folder.file());
  CHECK(saved.incarnations.size() == kIncarnationsKept + 1);  // And its own.
  CHECK_FALSE(saved.incarnations.contains(0));
  CHECK(saved.incarnations.contains(1));
}

TEST_CASE("the directory of the store may be a symbolic link") {
  StoreFolder folder;
  fs::create_directory(folder.path() / "disk");
  fs::create_directory_symlink("disk", folder.path() / "home");
  commit(folder.path() / "home" / "jobs.sqlite", smallJob(1));
  CHECK(reload(folder.path() / "disk" / "jobs.sqlite").jobs.size() == 1);
}

TEST_CASE("a store that is open already is refused") {
  StoreFolder folder;
  Database first(folder.file());
  first.load(kNow);
  CHECK_THROWS_AS(Database(folder.file()), StoreError);
}

}  // namespace pi::scheduler::testing
