#include "client/render.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/unit/model/sample_jobs.h"

namespace pi::client {
namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a result has the estimate first, then the request and the workers") {
  CHECK(resultText(finishedJob()) ==
        "pi = 3.14159 ± 0.00005\n"
        "95 %      3.14149 to 3.14169\n"
        "job       7, finished\n"
        "samples   1e9 in 1_000 chunks of 1e6\n"
        "stream    random, seed 2017\n"
        "hits      785_398_163\n"
        "time      2.5 s, 400 M samples/s\n"
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
  CHECK(holds(resultText(job), "job       7, cancelled: by its user?[2J\n"));
  CHECK(holds(resultText(job), "counted   50.0 %, 5e8 samples, 500 chunks\n"));
}

TEST_CASE("a job that ended before its first sample has no estimate") {
  JobInfo job = queuedJob();
  job.state = JobState::kCancelled;
  CHECK(resultText(job).starts_with("pi is unknown: no sample is counted\n"));
  CHECK(quietText(job) == "unknown\n");
}

TEST_CASE("quiet output is only the known digits") {
  CHECK(quietText(finishedJob()) == "3.14159\n");
}

TEST_CASE("the status of a running job has its progress") {
  CHECK(statusText(runningJob()) ==
        "job       7, running\n"
        "samples   1e9 in 1_000 chunks of 1e6\n"
        "stream    random, seed 2017\n"
        "counted   50.0 %, 5e8 samples, 500 chunks\n"
        "pi = 3.14159 ± 0.00007\n"
        "95 %      3.14145 to 3.14174\n"
        "time      2.5 s so far, 250 M samples/s\n"
        "workers   2 connected now\n");
}

TEST_CASE("the status of a job without workers says that it waits for workers") {
  CHECK(holds(statusText(queuedJob()), "none now: waiting for workers\n"));
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
        "JOB  STATE     SAMPLES  COUNTED  PRIORITY  TIME   RATE             PI\n"
        "7    finished  1e9      100.0 %  0         2.5 s  400 M samples/s  3.14159 ± 0.00005\n"
        "8    queued    1e9      0.0 %    0         0 s    0 samples/s      -\n");
}

TEST_CASE("a table of workers replaces control characters in their names") {
  std::array workers{activeWorker(), activeWorker()};
  workers[1].profile.name = "\x1b]0;evil\x07";
  workers[1].profile.batchJob = "";
  workers[1].state = WorkerState::kDraining;
  CHECK(workersText(workers) ==
        "WORKER  NAME       STATE     HOST  PID   THREADS  KERNEL  RATE              LEASES  "
        "COUNTED     HEARD       BATCH JOB\n"
        "3       node-1     active    n1    4711  8        avx2    2.90 G samples/s  2       "
        "12_345_678  350 ms ago  99\n"
        "3       ?]0;evil?  draining  n1    4711  8        avx2    2.90 G samples/s  2       "
        "12_345_678  350 ms ago  -\n");
}

TEST_CASE("an empty table is a sentence that says what to do") {
  CHECK(listText({}) == "no jobs yet; submit one with pi-client submit SAMPLES\n");
  CHECK(workersText({}) == "no workers yet; start one with pi-worker\n");
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

TEST_CASE("the wall time of a job is never zero") {
  JobInfo job = finishedJob();
  job.elapsed = Duration{};
  CHECK(wallSeconds(job) > 0);
  job.samplesCounted = kSamplesEnd - 1;
  CHECK(meanRate(job) == kSamplesEnd - 1);
}

}  // namespace
}  // namespace pi::client
