#include "client/render.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "common/base/text_width.h"
#include "tests/unit/model/sample_jobs.h"

namespace pi::client {
namespace {

using namespace std::chrono_literals;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The columns of the longest line.
std::size_t widthOf(const std::string& text) {
  std::size_t width = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find('\n', begin);
    width = std::max(width, columnsOf(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return width;
}

TEST_CASE("a result has the estimate first, then the request and the workers") {
  CHECK(resultText(finishedJob()) ==
        "pi = 3.14159 ± 0.00005\n"
        "95 %      3.14149 to 3.14169\n"
        "job       7 \"night run\", finished\n"
        "samples   1e9 in 1_000 chunks of 1e6\n"
        "stream    random, seed 2017\n"
        "hits      785_398_163\n"
        "time      2.0 s, 500 M samples/s\n"
        "workers   2 workers with 16 threads\n");
}

TEST_CASE("a result names samples that were computed twice, if there are any") {
  JobInfo job = finishedJob();
  CHECK_FALSE(holds(resultText(job), "twice"));
  job.duplicatesDropped = 1;
  CHECK(holds(resultText(job), "dropped   1 sample computed twice\n"));
}

TEST_CASE("the result of a cancelled job has the reason and the progress") {
  JobInfo job = runningJob();
  job.state = JobState::kCancelled;
  job.reason = "by its user\x1b[2J";
  CHECK(holds(resultText(job), "job       7 \"night run\", cancelled: by its user?[2J\n"));
  CHECK(holds(resultText(job), "counted   50.0 %, 5e8 samples, 500 chunks\n"));
}

TEST_CASE("a job that ended before its first sample has no estimate") {
  JobInfo job = queuedJob();
  job.state = JobState::kCancelled;
  CHECK(resultText(job).starts_with("pi is unknown: no sample is counted\n"));
  CHECK(quietText(job) == "unknown\n");
}

TEST_CASE("a reason that begins with the state is not preceded by it") {
  JobInfo job = runningJob();
  job.state = JobState::kCancelled;
  job.reason = "cancelled by ann@login1";
  CHECK(holds(resultText(job), "job       7 \"night run\", cancelled by ann@login1\n"));
}

TEST_CASE("where the locale is not UTF-8, text is ASCII") {
  TextStyle ascii{.plusMinus = kPlusMinusAscii};
  CHECK(resultText(finishedJob(), ascii).starts_with("pi = 3.14159 +- 0.00005\n"));
  std::array jobs{finishedJob()};
  for (const std::string& text :
       {resultText(finishedJob(), ascii), statusText(runningJob(), ascii), listText(jobs, ascii)}) {
    CHECK(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  }
}

TEST_CASE("waiting time and running time are two things") {
  JobInfo job = finishedJob();
  job.waiting = 1h;
  job.elapsed = 1h + 2500ms;
  std::string text = resultText(job);
  CHECK(holds(text, "waited    1h 00m\n"));
  CHECK(holds(text, "time      2.5 s, 400 M samples/s\n"));
  std::array jobs{job};
  CHECK(holds(listText(jobs), "1h 00m  2.5 s"));
}

TEST_CASE("a job has a name and a submitter if they are known") {
  JobInfo job = runningJob();
  std::array jobs{job};
  CHECK(holds(listText(jobs), "SUBMITTER"));
  job.spec.name = "night\x07";
  CHECK(holds(statusText(job), "job       7 \"night?\", running\n"));
  job.spec.name = "";
  job.spec.submitter = "";
  CHECK(holds(statusText(job), "job       7, running\n"));
  jobs[0] = job;
  CHECK_FALSE(holds(listText(jobs), "NAME"));
  CHECK_FALSE(holds(listText(jobs), "SUBMITTER"));
}

TEST_CASE("quiet output is only the known digits") {
  CHECK(quietText(finishedJob()) == "3.14159\n");
}

TEST_CASE("the status of a running job has its progress") {
  CHECK(statusText(runningJob()) ==
        "job       7 \"night run\", running\n"
        "submitted 2026-11-26T20:41:03.250Z by ann@login1\n"
        "samples   1e9 in 1_000 chunks of 1e6\n"
        "stream    random, seed 2017\n"
        "counted   50.0 %, 5e8 samples, 500 chunks\n"
        "pi = 3.14159 ± 0.00007\n"
        "95 %      3.14145 to 3.14174\n"
        "time      2.0 s so far, 250 M samples/s, ETA 2.0 s\n"
        "workers   2 connected now\n");
}

TEST_CASE("the status of a job without workers says that it waits for workers") {
  CHECK(holds(statusText(queuedJob()), "none now: waiting for workers\n"));
}

TEST_CASE("a job that waits for workers says how many are pending, and why") {
  JobInfo job = queuedJob();
  job.workersAwaited = "2 allocations are pending (Priority)";
  CHECK(waitingText(job) == "waiting for workers: 2 allocations are pending (Priority)");
  job.workersNow = 1;
  CHECK(waitingText(job) == "");
}

TEST_CASE("a job with limited threads says so") {
  JobInfo job = runningJob();
  CHECK_FALSE(holds(statusText(job), "\nthreads "));
  job.spec.threadsMax = 64;
  CHECK(holds(statusText(job), "\nthreads   at most 64 at one time\n"));
}

TEST_CASE("a job that has ended and waits for the disk says so, in status and list") {
  JobInfo job = runningJob();
  job.waitsForDisk = true;
  CHECK(holds(statusText(job), "disk      waiting for the scheduler's disk\n"));
  CHECK_FALSE(holds(statusText(job), "ETA"));
  std::array jobs{job};
  CHECK(holds(listText(jobs), "waiting for the scheduler's disk"));
}

TEST_CASE("the time left is known while a job is computed, if it is less than 200 years") {
  JobInfo job = runningJob();
  CHECK(timeLeft(job) == 2s);
  job.samplesPerSecond = 1;
  CHECK(timeLeft(job) == Duration(500'000'000s));
  job.spec.samples = kSamplesEnd - 1;
  CHECK_FALSE(timeLeft(job));
  job = runningJob();
  job.samplesPerSecond = 0;
  CHECK_FALSE(timeLeft(job));
  job = runningJob();
  job.workersNow = 0;
  CHECK_FALSE(timeLeft(job));
  CHECK_FALSE(timeLeft(queuedJob()));
  CHECK_FALSE(timeLeft(finishedJob()));
}

TEST_CASE("a job of years is called one") {
  CHECK(yearsText(1'000'000'000'000'000'000, 1'000'000'000) == "about 32 years");
  CHECK(yearsText(31'600'000'000'000'000, 1'000'000'000) == "about 1 year");
  CHECK_FALSE(yearsText(31'500'000'000'000'000, 1'000'000'000));
  CHECK_FALSE(yearsText(kSamplesEnd - 1, 0));
}

TEST_CASE("the status of a job that is over is its result") {
  CHECK(statusText(finishedJob()) == resultText(finishedJob()));
}

TEST_CASE("the output of submit is only the id, for scripts") {
  CHECK(submitText(JobId{7}) == "7\n");
}

TEST_CASE("a list has one line for each job, in columns") {
  std::array jobs{finishedJob(), queuedJob()};
  CHECK(listText(jobs) ==
        "JOB  NAME       STATE     SAMPLES  COUNTED  PRIORITY  WAITED  TIME   RATE             "
        "PI                 SUBMITTER\n"
        "7    night run  finished  1e9      100.0 %  0         500 ms  2.0 s  500 M samples/s  "
        "3.14159 ± 0.00005  ann@login1\n"
        "8    -          queued    1e9      0.0 %    0         0 s     -      -                "
        "-                  -\n");
}

TEST_CASE("a list fits the terminal: the least important columns are left out") {
  std::array jobs{finishedJob(), runningJob(), queuedJob()};
  jobs[0].spec.name = std::string(100, 'x');
  for (std::size_t columns : {40, 60, 80, 120}) {
    CAPTURE(columns);
    CHECK(widthOf(listText(jobs, {.columns = columns})) <= columns);
  }
  CHECK(holds(listText(jobs, {.columns = 80}), "PI"));
  CHECK_FALSE(holds(listText(jobs, {.columns = 80}), "ETA"));
  CHECK_FALSE(holds(listText(jobs, {.columns = 80}), "PRIORITY"));
  CHECK(holds(listText(jobs), std::string(100, 'x')));
}

TEST_CASE("a table of workers replaces control characters in their names") {
  std::array workers{activeWorker(), activeWorker()};
  workers[1].profile.name = "\x1b]0;evil\x07";
  workers[1].profile.batchJob = "";
  workers[1].state = WorkerState::kDraining;
  CHECK(workersText(workers) ==
        "WORKER  NAME       STATE     HOST  PID   THREADS  KERNEL  RATE              LEASES  "
        "COUNTED     HEARD       BATCH JOB\n"
        "0.3     node-1     active    n1    4711  8        avx2    2.90 G samples/s  2       "
        "12_345_678  350 ms ago  99\n"
        "0.3     ?]0;evil?  draining  n1    4711  8        avx2    2.90 G samples/s  2       "
        "12_345_678  350 ms ago  -\n");
}

TEST_CASE("a table of workers has the time left of those that know their end") {
  std::array workers{activeWorker(), activeWorker()};
  CHECK_FALSE(holds(workersText(workers), "TIME LEFT"));
  workers[1].timeLeft = std::chrono::minutes(61);
  CHECK(holds(workersText(workers), "BATCH JOB  TIME LEFT\n"));
  CHECK(holds(workersText(workers), "99         -\n"));
  CHECK(holds(workersText(workers), "99         1h 01m\n"));
}

TEST_CASE("a table of workers fits the terminal, too") {
  std::array workers{activeWorker(), activeWorker()};
  workers[0].profile.name = std::string(100, 'x');
  workers[1].profile.host = std::string(100, 'y');
  workers[1].state = WorkerState::kQuarantined;
  for (std::size_t columns : {40, 60, 80, 120}) {
    CAPTURE(columns);
    CHECK(widthOf(workersText(workers, {.columns = columns})) <= columns);
  }
  CHECK(holds(workersText(workers, {.columns = 80}), "RATE"));
  CHECK_FALSE(holds(workersText(workers, {.columns = 80}), "LEASES"));
  CHECK(holds(workersText(workers), std::string(100, 'x')));
}

TEST_CASE("an empty table is a sentence that says what to do") {
  CHECK(listText({}) == "no jobs; submit one with pi-client submit SAMPLES\n");
  CHECK(workersText({}) == "no workers; start one with pi-worker\n");
}

TEST_CASE("a job is at 100 % only if every sample is counted") {
  JobInfo job = finishedJob();
  CHECK(percentText(job) == "100.0 %");
  job.samplesCounted -= 1;
  CHECK(percentText(job) == "99.9 %");
  job.spec.samples = kSamplesEnd - 1;
  job.samplesCounted = kSamplesEnd - 2;
  CHECK(percentText(job) == "99.9 %");
}

TEST_CASE("info says what the scheduler is, can do and waits for") {
  SchedulerInfo info{.programVersion = "1.2",
                     .gitCommit = "abc",
                     .protocolVersion = 3,
                     .streamVersion = 1,
                     .host = "login1",
                     .pid = 42,
                     .addresses = {"tcp://10.0.0.1:8786"},
                     .uptime = 2h,
                     .unfinishedJobs = 1,
                     .workers = 1,
                     .threads = 16,
                     .samplesPerSecond = 9'000'000'000};
  CHECK(infoText(info) ==
        "scheduler login1, pid 42\n"
        "address   tcp://10.0.0.1:8786\n"
        "version   1.2 (abc), protocol 3, stream 1\n"
        "up for    2h 00m\n"
        "jobs      1 not over\n"
        "workers   1 worker with 16 threads, speed 9.00 G samples/s\n"
        "disk      jobs are saved\n");
  info.queues = {{.name = "slurm: -p a",
                  .whyNotMore = "as many are pending as --backlog allows",
                  .workersMax = 8,
                  .pending = 2,
                  .running = 3}};
  CHECK(holds(infoText(info),
              "queue     slurm: -p a: 3 running, 2 pending, at most 8; as many are pending as "
              "--backlog allows\n"));
  info.diskFailure = "no space";
  CHECK(infoText(info).ends_with("disk      jobs wait for it: no space\n"));
  info.dashboard = "http://127.0.0.1:8787/";
  CHECK(infoText(info).find("\naddress   tcp://10.0.0.1:8786\n"
                            "dashboard http://127.0.0.1:8787/\nversion ") != std::string::npos);
}

TEST_CASE("the wall time of a job is never zero") {
  JobInfo job = finishedJob();
  job.elapsed = Duration{};
  CHECK(wallSeconds(job) > 0);
  job.samplesCounted = kSamplesEnd - 1;
  CHECK(meanRate(job) == kSamplesEnd - 1);
}

}  // namespace
}  // namespace pi::client
