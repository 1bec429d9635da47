// Feeds changed store files to the scheduler.  A changed file must be refused, or read without any
// changed number as a state that a scheduler can continue from.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "scheduler/core/scheduler.h"
#include "scheduler/store/database.h"
#include "scheduler/store/store_error.h"
#include "tests/fuzz/edits.h"
#include "tests/fuzz/input.h"
#include "tests/temporary_folder.h"

using namespace pi;
using namespace pi::scheduler;

namespace {

namespace fs = std::filesystem;

const ClockReading kNow{.calendar = WallTime(std::chrono::hours(24 * 365 * 56))};

const allocation::SavedAllocation kAllocation{.name = "pi-a-1-1",
                                              .queue = "slurm: -p a",
                                              .id = "4711",
                                              .stage = allocation::Stage::kRunning,
                                              .used = std::chrono::minutes(90),
                                              .run = std::chrono::minutes(30),
                                              .age = std::chrono::seconds(5),
                                              .timeLimit = std::chrono::hours(2)};
const allocation::SavedQueue kQueue{
    .name = "slurm: -p a", .spent = std::chrono::hours(2), .pausedBecause = "maintenance"};

// A temporary folder with a store that has a finished job and a running one.
class Store {
 public:
  Store() {
    {
      Database database(file());
      static_cast<void>(database.load(kNow));
      database.commit(changes(), kNow);
      database.commitAllocations({.put = {kAllocation}, .queues = {kQueue}}, kNow);
    }
    std::ifstream stream(file(), std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  fs::path file() const { return folder_.path() / "jobs.sqlite"; }
  const std::vector<char>& original() const { return bytes_; }
  const Changes& written() const { return changes_; }

  // Replaces all files of the folder by a store with these bytes.
  void put(const std::vector<char>& bytes) const {
    for (const auto& entry : fs::directory_iterator(folder_.path())) fs::remove(entry.path());
    std::ofstream(file(), std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ::chmod(file().c_str(), S_IRUSR | S_IWUSR);
  }

 private:
  const Changes& changes() {
    auto fragment = [](std::uint64_t begin, std::uint64_t end, std::uint64_t worker) {
      Fragment made{.tally = {.range = {.begin = begin, .end = end}}, .contributor = {}};
      made.tally.hits.strata[0] = (end - begin) / 4 * 3;
      made.contributor = WorkerId{worker};
      return made;
    };
    JobRecord record;
    record.id = JobId{1};
    record.uid.bytes.fill(1);
    record.spec = {.samples = 1000, .chunkSize = 10};
    record.state = JobState::kFinished;
    record.ageAtEnd = Duration(5);
    record.requestId = "request";
    JobChanges finished{.record = record};
    finished.put = {fragment(0, 400, 1), fragment(400, 1000, 2)};
    finished.contributors = {{.worker = WorkerId{1}, .share = {.threads = 2}},
                             {.worker = WorkerId{2}, .share = {.threads = 3}}};
    finished.points = {{.number = 1, .samples = 400, .hits = {.strata = {300}}, .isPrefix = true},
                       {.number = 2, .samples = 1000, .hits = {.strata = {750}}, .isPrefix = true}};
    record.id = JobId{2};
    record.uid.bytes.fill(2);
    record.state = JobState::kRunning;
    record.ageAtEnd.reset();
    record.requestId.clear();
    JobChanges running{.record = record};
    running.put = {fragment(100, 300, 1)};
    running.contributors = {{.worker = WorkerId{1}, .share = {.threads = 2}}};
    changes_ = {.jobs = {finished, running}, .forgotten = {}, .lastJob = JobId{2}};
    return changes_;
  }

  TemporaryFolder folder_;
  Changes changes_;
  std::vector<char> bytes_;
};

// Checks that each job that was read, with its fragments, is one that was written.
void expectWritten(const Saved& saved, const Changes& written) {
  for (const SavedJob& job : saved.jobs) {
    auto same = std::ranges::find_if(
        written.jobs, [&job](const JobChanges& each) { return each.record.id == job.record.id; });
    PI_CHECK(same != written.jobs.end());
    PI_CHECK(same->record.uid == job.record.uid);
    PI_CHECK(same->record.streamVersion == job.record.streamVersion);
    PI_CHECK(same->record.spec == job.record.spec);
    PI_CHECK(same->record.state == job.record.state);
    for (const Fragment& fragment : job.fragments) {
      PI_CHECK(std::ranges::find(same->put, fragment) != same->put.end());
    }
    for (const ConvergencePoint& point : job.points) {
      PI_CHECK(std::ranges::find(same->points, point) != same->points.end());
    }
  }
}

// The same for allocations and queues.  The age depends on the clock of the store.
void expectWritten(const allocation::Saved& saved) {
  for (allocation::SavedAllocation row : saved.allocations) {
    PI_CHECK(row.age >= kAllocation.age);
    row.age = kAllocation.age;
    // They are in tables of their own, whose rows may be lost.
    if (row.timeLimit == Duration::zero()) row.timeLimit = kAllocation.timeLimit;
    PI_CHECK(row == kAllocation);
  }
  for (allocation::SavedQueue queue : saved.queues) {
    if (!queue.pausedBecause) queue.pausedBecause = kQueue.pausedBecause;
    PI_CHECK(queue == kQueue);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Store store;
  fuzz::Input input(data, size);
  std::vector<char> bytes = store.original();
  bool isAltered = fuzz::edit(input, bytes);
  store.put(bytes);
  try {
    Database database(store.file());
    Saved saved = database.load(kNow);
    expectWritten(saved, store.written());
    expectWritten(database.loadAllocations());
    Scheduler core(Config{}, saved);
    core.checkInvariants();
  } catch (const StoreError&) {
    PI_CHECK(isAltered);
  }
  return 0;
}
