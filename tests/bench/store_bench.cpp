// Measures the store on a disk (commits, loading, file size), and the time to make a ticket.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/service/tickets.h"
#include "scheduler/store/database.h"

namespace pi::scheduler {
namespace {

const ClockReading kNow{.calendar = WallTime(std::chrono::hours(24 * 365 * 56))};

template <typename Work>
double secondsOf(Work work) {
  auto begin = std::chrono::steady_clock::now();
  work();
  return seconds(std::chrono::steady_clock::now() - begin);
}

// A running job with fragments [first, first + count) of one sample each.
Changes fragmentsOf(std::uint64_t id, std::uint64_t first, std::uint64_t count) {
  Changes changes{.jobs = std::vector<JobChanges>(1), .forgotten = {}, .lastJob = JobId{id}};
  JobChanges& job = changes.jobs[0];
  job.record.id = JobId{id};
  for (std::size_t i = 0; i < 8; ++i)
    job.record.uid.bytes[i] = static_cast<std::uint8_t>(id >> 8 * i);
  job.record.spec.samples = job.record.spec.chunkSize = kSamplesEnd - 1;
  job.record.state = JobState::kRunning;
  job.record.requestId = std::string(16, 'r');
  for (std::uint64_t i = first; i < first + count; ++i) {
    job.put.push_back({.tally = {.range = {.begin = i, .end = i + 1}, .hits = {}},
                       .contributor = WorkerId{i % 1000 + 1}});
  }
  return changes;
}

void measureCommits(Database& database, std::uint64_t fragments, int rounds) {
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    // The same fragments each time, as a running job replaces its fragments.
    Changes changes = fragmentsOf(1'000'000, 0, fragments);
    changes.jobs[0].record.elapsed = Duration(round);
    times.push_back(secondsOf([&] { database.commit(changes, kNow); }));
  }
  std::sort(times.begin(), times.end());
  double sum = 0;
  for (double time : times) sum += time;
  std::printf("commit of %llu fragments: median %.2f ms  worst %.2f ms  %.0f commits/s\n",
              static_cast<unsigned long long>(fragments), 1e3 * times[times.size() / 2],
              1e3 * times.back(), rounds / sum);
}

void measureStore(const std::filesystem::path& folder) {
  std::filesystem::path file = folder / "store_bench.sqlite";
  std::filesystem::remove(file);
  {
    Database database(file);
    database.load(kNow);
    for (std::uint64_t job = 1; job <= 1000; ++job) {
      database.commit(fragmentsOf(job, 0, 100), kNow);
    }
  }
  std::printf("file of 1,000 jobs with 100 fragments each: %.1f MB\n",
              static_cast<double>(std::filesystem::file_size(file)) / 1e6);
  std::printf("open, check and load it: %.1f ms\n",
              1e3 * secondsOf([&file] { Database(file).load(kNow); }));
  {
    Database database(file);
    database.load(kNow);
    measureCommits(database, 1, 300);
    measureCommits(database, 100, 300);
    measureCommits(database, 10'000, 30);
  }
  std::filesystem::remove(file);
}

void measureTickets() {
  constexpr std::uint64_t kCount = 1'000'000;
  Tickets tickets(std::string(32, 's'), {{0, {}}});
  Lease lease;
  double took = secondsOf([&] {
    for (std::uint64_t i = 0; i < kCount; ++i) {
      lease.id = LeaseId{i};
      lease.ticket = tickets.ticketFor(WorkerId{1}, lease);
    }
  });
  std::printf("ticket: %.0f ns\n", 1e9 * took / kCount);
}

}  // namespace
}  // namespace pi::scheduler

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: store_bench DIRECTORY   (on the disk to measure)\n");
    return 2;
  }
  pi::scheduler::measureStore(argv[1]);
  pi::scheduler::measureTickets();
  return 0;
}
