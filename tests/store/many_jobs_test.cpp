// The most jobs that a scheduler keeps: they are read again, and take little memory.
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

#include "scheduler/core/scheduler.h"
#include "scheduler/store/database.h"
#include "tests/store/faulty_disk.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

constexpr std::uint64_t kJobs = 20'000;

JobChanges finishedJob(std::uint64_t id) {
  JobChanges job;
  JobRecord& record = job.record;
  record.id = JobId{id};
  for (int i = 0; i < 8; ++i) record.uid.bytes[i] = static_cast<std::uint8_t>(id >> 8 * i);
  record.spec = {.samples = 1, .chunkSize = 1, .submitter = "user" + std::to_string(id % 7)};
  record.state = JobState::kFinished;
  record.requestId = std::string(16, 'r') + std::to_string(id);
  record.ageAtEnd = Duration{};
  job.put = {{.tally = {.range = {.begin = 0, .end = 1}, .hits = {}}, .contributor = WorkerId{1}}};
  job.contributors = {{.worker = WorkerId{1}, .share = {.threads = 1}}};
  return job;
}

std::uint64_t residentBytes() {
  std::uint64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("as many ended jobs as are kept are restored, and one more makes one forgotten") {
  FaultyDisk disk;  // Faster, because it does not sync the real disk.
  StoreFolder folder;
  {
    Database database(folder.file());
    database.load(kNow);
    constexpr std::uint64_t kPerBatch = 1'000;
    for (std::uint64_t first = 1; first <= kJobs; first += kPerBatch) {
      Changes batch{.jobs = {}, .forgotten = {}, .lastJob = JobId{first + kPerBatch - 1}};
      for (std::uint64_t i = 0; i < kPerBatch; ++i) batch.jobs.push_back(finishedJob(first + i));
      database.commit(batch, kNow);
    }
  }
  [[maybe_unused]] std::uint64_t before = residentBytes();
  Instant now = Instant{} + std::chrono::hours(1);
  Scheduler core(Config{}, Database(folder.file()).load(kNow), now);
  core.checkInvariants();
  REQUIRE(core.jobs(now).size() == kJobs);
#ifndef PI_SANITIZED
  CHECK((residentBytes() - before) / kJobs < 8 * 1024);
#endif

  core.handle(event::JobSubmitted{.spec = {.samples = 1, .chunkSize = 1}}, now);
  core.handle(event::Committed{}, now);
  core.handle(event::JobCancelled{.job = JobId{kJobs + 1}, .reason = ""}, now);
  core.handle(event::Committed{}, now);

  CHECK(core.jobs(now).size() == kJobs);
  CHECK(core.job(JobId{kJobs + 1}, now));
  core.checkInvariants();
}

}  // namespace pi::scheduler::testing
