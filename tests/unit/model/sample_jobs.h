// Jobs and workers for tests of text and JSON output.
#pragma once

#include <chrono>

#include "common/model/job.h"
#include "common/model/worker_info.h"

namespace pi {

inline JobInfo finishedJob() {
  JobInfo job;
  job.id = JobId{7};
  for (std::size_t i = 0; i < job.uid.bytes.size(); ++i) {
    job.uid.bytes[i] = static_cast<std::uint8_t>(i);
  }
  job.spec = {.stream = {.seed = 2017},
              .samples = 1'000'000'000,
              .chunkSize = 1'000'000,
              .submitter = "ann@login1",
              .name = "night run"};
  job.state = JobState::kFinished;
  job.samplesCounted = job.spec.samples;
  job.chunksCounted = 1000;
  job.hits.strata[0] = 785'398'163;
  job.stratumSamples[0] = job.spec.samples;
  job.submittedOn = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) +
                    std::chrono::hours(20) + std::chrono::milliseconds(2'463'250);
  job.waiting = std::chrono::milliseconds(500);
  job.hasStarted = true;
  job.elapsed = std::chrono::milliseconds(2500);
  job.age = std::chrono::seconds(3);
  job.workers = 2;
  job.threads = 16;
  return job;
}

// Half done, two seconds to go.
inline JobInfo runningJob() {
  JobInfo job = finishedJob();
  job.state = JobState::kRunning;
  job.samplesCounted = 500'000'000;
  job.chunksCounted = 500;
  job.hits.strata[0] = 392'699'081;
  job.stratumSamples[0] = job.samplesCounted;
  job.workersNow = 2;
  job.samplesPerSecond = 250'000'000;
  return job;
}

inline JobInfo queuedJob() {
  JobInfo job;
  job.id = JobId{8};
  job.spec = {.stream = {.seed = 2017}, .samples = 1'000'000'000, .chunkSize = 1'000'000};
  return job;
}

inline WorkerInfo activeWorker() {
  WorkerInfo worker;
  worker.id = WorkerId{3};
  worker.profile = {.name = "node-1",
                    .host = "n1",
                    .pid = 4711,
                    .threads = 8,
                    .kernel = "avx2",
                    .samplesPerSecond = 3'000'000'000,
                    .batchJob = "99"};
  worker.samplesContributed = 12'345'678;
  worker.samplesPerSecond = 2'900'000'000;
  worker.leases = 2;
  worker.sinceHeard = std::chrono::milliseconds(350);
  worker.connected = std::chrono::milliseconds(4250);
  return worker;
}

}  // namespace pi
