#include "scheduler/store/database.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>
#include <utility>

#include "scheduler/store/store_error.h"
#include "tests/store/faulty_disk.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

Saved reload(const fs::path& path, WallTime now = kNow) { return Database(path).load(now); }

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

void commit(const fs::path& path, const JobChanges& job, WallTime now = kNow) {
  Database database(path);
  database.load(now);
  database.commit({.jobs = {job}, .forgotten = {}, .lastJob = job.record.id}, now);
}

}  // namespace

TEST_CASE("a new store is empty and private, and leaves one file when it is closed") {
  TemporaryFolder folder;
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

TEST_CASE("opening a store takes the access of other users away") {
  TemporaryFolder folder;
  reload(folder.file());
  fs::permissions(folder.file(), fs::perms::all);
  reload(folder.file());
  CHECK((fs::status(folder.file()).permissions() & fs::perms(077)) == fs::perms::none);
}

TEST_CASE("extreme numbers and any bytes are read as they were written") {
  JobChanges job = smallJob(kMax >> 1);
  JobRecord& record = job.record;
  record.spec = {.stream = {.seed = kMax, .sampler = Sampler::kSobol},
                 .samples = kSamplesEnd - 1,
                 .chunkSize = kSamplesEnd - 1,
                 .priority = std::numeric_limits<std::int32_t>::min()};
  record.uid.bytes.fill(0xFF);
  record.streamVersion = 0xFFFFFFFF;
  record.state = JobState::kFailed;
  record.reason = "π failed;\n'\"";
  record.requestId = std::string("\0\xFF'\0", 4);
  record.age = record.elapsed = hours(24) * 36'500;
  record.duplicatesDropped = kMax;
  Fragment fragment{.tally = {.range = {.begin = 1, .end = kSamplesEnd - 1}, .hits = {}},
                    .contributor = WorkerId{kMax}};
  for (std::size_t i = 0; i < kStrataMax; ++i) {
    fragment.tally.hits.strata[i] = stratumSize(fragment.tally.range, i, kStrataMax);
  }
  job.put = {fragment};
  job.contributors = {{.worker = WorkerId{kMax}, .threads = 0xFFFFFFFF}};

  TemporaryFolder folder;
  commit(folder.file(), job);
  Saved saved = reload(folder.file());
  REQUIRE(saved.jobs.size() == 1);
  CHECK(saved.jobs[0] == SavedJob{record, job.put, job.contributors});
  CHECK(saved.lastJob == record.id);
}

TEST_CASE("a reload gives all batches that were committed") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    FaultyDisk disk;  // Faster, because it does not sync the real disk.
    TemporaryFolder folder;
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
  TemporaryFolder folder;
  BatchGenerator generator(7);
  StoreModel model;
  {
    Database database(folder.file());
    database.load(kNow);
    for (int i = 0; i < 10; ++i) {
      Changes batch = generator.nextBatch();
      model.apply(batch);
      database.commit(batch, kNow);
      database.commit(batch, kNow + hours(1));
    }
  }
  CHECK(isSame(reload(folder.file()), model.saved()));
}

TEST_CASE("the file does not keep the space of forgotten jobs") {
  FaultyDisk disk;
  TemporaryFolder folder;
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
  TemporaryFolder folder;
  std::string secret = Database(folder.file()).secret();
  CHECK(secret.size() == 32);
  CHECK(Database(folder.file()).secret() == secret);
  CHECK(Database(folder.path() / "other.sqlite").secret() != secret);
}

TEST_CASE("the newest job id is kept when its job is forgotten") {
  TemporaryFolder folder;
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

TEST_CASE("a job keeps its uid and the version of its stream") {
  TemporaryFolder folder;
  JobChanges job = smallJob(1);
  for (std::uint8_t i = 0; i < 16; ++i) job.record.uid.bytes[i] = static_cast<std::uint8_t>(i * 17);
  job.record.streamVersion = 7;
  commit(folder.file(), job);
  JobRecord record = reload(folder.file()).jobs.at(0).record;
  CHECK(hexText(record.uid) == "00112233445566778899aabbccddeeff");
  CHECK(record.streamVersion == 7);
}

TEST_CASE("a job ages while no scheduler runs, and never becomes younger") {
  TemporaryFolder folder;
  JobChanges job = smallJob(1);
  auto ageAt = [&folder](WallTime now) { return reload(folder.file(), now).jobs.at(0).record.age; };

  job.record.age = hours(1);
  commit(folder.file(), job, kNow);
  CHECK(ageAt(kNow) == hours(1));
  CHECK(ageAt(kNow + hours(10)) == hours(11));

  // The wall clock was set back: the age that was written is now larger than the clock's.
  job.record.age = hours(12);
  commit(folder.file(), job, kNow - hours(100));
  CHECK(ageAt(kNow - hours(100)) == hours(12));
  CHECK(ageAt(WallTime{}) == hours(12));
  CHECK(ageAt(kNow + hours(13)) == hours(14));  // Counted from the first submission.

  CHECK(ageAt(WallTime::max()) > hours(24 * 365));
}

TEST_CASE("a job that a wrong clock made very old can be written and read again") {
  TemporaryFolder folder;
  JobChanges job = smallJob(1);
  commit(folder.file(), job, kNow);
  job.record.age = job.record.elapsed =
      reload(folder.file(), WallTime::max()).jobs.at(0).record.age;
  job.record.age += hours(1);
  job.record.elapsed += hours(1);
  commit(folder.file(), job, WallTime::max());
  CHECK(reload(folder.file(), kNow).jobs.size() == 1);
}

TEST_CASE("a job that was submitted before 1970 by the wall clock has the age that was written") {
  TemporaryFolder folder;
  JobChanges job = smallJob(1);
  job.record.age = hours(1);
  commit(folder.file(), job, WallTime{});
  CHECK(reload(folder.file(), kNow).jobs.at(0).record.age == hours(1));
}

TEST_CASE("the directory of the store may be a symbolic link") {
  TemporaryFolder folder;
  fs::create_directory(folder.path() / "disk");
  fs::create_directory_symlink("disk", folder.path() / "home");
  commit(folder.path() / "home" / "jobs.sqlite", smallJob(1));
  CHECK(reload(folder.path() / "disk" / "jobs.sqlite").jobs.size() == 1);
}

TEST_CASE("a store that is open already is refused") {
  TemporaryFolder folder;
  Database first(folder.file());
  first.load(kNow);
  CHECK_THROWS_AS(Database(folder.file()), StoreError);
}

}  // namespace pi::scheduler::testing
