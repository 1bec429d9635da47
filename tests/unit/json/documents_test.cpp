#include "common/json/documents.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>

#include "tests/unit/json/job_keys.h"
#include "tests/unit/model/sample_jobs.h"

namespace pi {
namespace {

std::vector<std::string> keysOf(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

TEST_CASE("a job has exactly the documented fields in every state, on one line") {
  for (const JobInfo& job : {queuedJob(), runningJob(), finishedJob()}) {
    std::string text = jsonLine(jobObject(job));
    CHECK(text.find('\n') == text.size() - 1);
    CHECK(keysOf(Json::parse(text)) == testing::kJobKeys);
  }
}

TEST_CASE("a job is counted by nets if it has Sobol' samples for at least one net") {
  auto countedBy = [](Sampler sampler, std::uint64_t samples, double targetError = 0) {
    JobInfo job = finishedJob();
    job.spec.stream.sampler = sampler;
    job.spec.samples = samples;
    job.spec.targetError = targetError;
    return jobObject(job)["counted_by"].get<std::string>();
  };
  CHECK(countedBy(Sampler::kSobol, 1000) == "sampling");
  CHECK(countedBy(Sampler::kSobol, 1023) == "sampling");
  CHECK(countedBy(Sampler::kSobol, 1024) == "nets");
  CHECK(countedBy(Sampler::kSobol, 1'000'000'000) == "nets");
  CHECK(countedBy(Sampler::kSobol, 1'000'000'000, 1e-6) == "nets");
  CHECK(countedBy(Sampler::kRandom, 1'000'000'000) == "sampling");
}

TEST_CASE("the fields of a finished job") {
  Json object = Json::parse(jsonLine(jobObject(finishedJob())));
  CHECK(object["schema"] == 1);
  CHECK(object["job"] == 7);
  CHECK(object["state"] == "finished");
  CHECK(object["samples"] == 1'000'000'000);
  CHECK(object["hits"] == 785'398'163);
  CHECK(object["pi"] == 3.141592652);
  CHECK(object["pi_text"] == "3.14159");
  CHECK(object["standard_error"].get<double>() == doctest::Approx(5.193e-5).epsilon(1e-3));
  CHECK(object["ci95"].size() == 2);
  CHECK(object["ci95"][0] < object["pi"]);
  CHECK(object["pi"] < object["ci95"][1]);
  CHECK(object["seed"] == 2017);
  CHECK(object["sampler"] == "random");
  CHECK(object["counted_by"] == "sampling");
  CHECK(object["uid"] == "000102030405060708090a0b0c0d0e0f");
  CHECK(object["stream_version"] == kStreamVersion);
  CHECK(object["chunk_size"] == 1'000'000);
  CHECK(object["chunks"] == 1000);
  CHECK(object["wall_seconds"] == 2.5);
  CHECK(object["samples_per_second"] == 400'000'000);
  CHECK(object["workers"] == 2);
  CHECK(object["threads"] == 16);
  CHECK(object["duplicates_dropped"] == 0);
  CHECK(object["name"] == "night run");
  CHECK(object["submitter"] == "ann@login1");
  CHECK(object["local"] == false);
  CHECK(object["priority"] == 0);
  CHECK(object["submitted_at"] == "2026-11-26T20:41:03.250Z");
  CHECK(object["started_at"] == "2026-11-26T20:41:03.750Z");
  CHECK(object["ended_at"] == "2026-11-26T20:41:06.250Z");
  CHECK(object["waiting_seconds"] == 0.5);
  CHECK(object["samples_counted"] == 1'000'000'000);
  CHECK(object["chunks_counted"] == 1000);
  CHECK(object["extended_from"] == Json::array());
  CHECK(object["extended_from_text"] == Json::array());
}

TEST_CASE("a job shows its limit of threads, and null without one") {
  JobInfo job = runningJob();
  CHECK(jobObject(job)["max_threads"].is_null());
  job.spec.threadsMax = 64;
  CHECK(jobObject(job)["max_threads"] == 64);
}

TEST_CASE("a job with a target error discards no samples, and others say nothing about that") {
  JobInfo job = runningJob();
  CHECK(jobObject(job)["samples_discarded"].is_null());
  job.spec.targetError = 1e-3;
  CHECK(jobObject(job)["samples_discarded"] == 0);
}

TEST_CASE("a job that this program computes by itself is local") {
  CHECK(jobObject(finishedJob(), Place::kThisProgram)["local"] == true);
}

TEST_CASE("a job that is over has nothing that is only true now") {
  CHECK(jobObject(finishedJob())["workers_now"].is_null());
  CHECK(jobObject(finishedJob())["waiting_for_disk"].is_null());
}

TEST_CASE("a job whose end cannot be saved waits for the disk") {
  JobInfo job = runningJob();
  CHECK(jobObject(job)["waiting_for_disk"] == false);
  job.waitsForDisk = true;
  CHECK(jobObject(job)["waiting_for_disk"] == true);
}

TEST_CASE("integers are whole and exact, however large") {
  JobInfo job = finishedJob();
  job.spec.samples = kSamplesEnd - 1;
  job.spec.stream.seed = std::numeric_limits<std::uint64_t>::max();
  job.samplesCounted = job.spec.samples;
  job.hits.strata[0] = 7'243'773'299'066'263'301;
  job.hits.strata[5] = 2;
  std::string text = jsonLine(jobObject(job));
  CHECK(text.find("\"samples\":9223372036854775807,") != std::string::npos);
  CHECK(text.find("\"seed\":18446744073709551615,") != std::string::npos);
  CHECK(text.find("\"hits\":7243773299066263303,") != std::string::npos);
  CHECK(text.find("\"samples_text\":\"9223372036854775807\",") != std::string::npos);
  CHECK(text.find("\"seed_text\":\"18446744073709551615\",") != std::string::npos);
  CHECK(text.find("\"hits_text\":\"7243773299066263303\",") != std::string::npos);
}

TEST_CASE("each number that can exceed 2^53 has a twin with its digits") {
  JobInfo job = finishedJob();
  job.spec.samples = kSamplesEnd - 1;
  job.samplesCounted = kSamplesEnd - 1;
  job.elapsed = Duration{};  // Counted by nets, so many samples take less than a second.
  job.extendedFrom = {10'000'000, kSamplesEnd - 2};
  Json finished = jobObject(job);
  CHECK(finished["samples_counted_text"] == "9223372036854775807");
  CHECK(finished["samples_per_second"] == kSamplesEnd - 1);
  CHECK(finished["samples_per_second_text"] == "9223372036854775807");
  CHECK(finished["extended_from"] == Json::array({10'000'000, kSamplesEnd - 2}));
  CHECK(finished["extended_from_text"] == Json::array({"10000000", "9223372036854775806"}));

  job = runningJob();
  job.samplesPerSecond = kSamplesEnd - 2;
  CHECK(jobObject(job)["samples_per_second_text"] == "9223372036854775806");
  WorkerInfo worker = activeWorker();
  worker.samplesPerSecond = kSamplesEnd - 3;
  CHECK(workerObject(worker)["samples_per_second"] == kSamplesEnd - 3);
  CHECK(workerObject(worker)["samples_per_second_text"] == "9223372036854775805");
  SchedulerInfo info;
  info.samplesPerSecond = kSamplesEnd - 4;
  CHECK(infoObject(info)["samples_per_second"] == kSamplesEnd - 4);
  CHECK(infoObject(info)["samples_per_second_text"] == "9223372036854775804");
  JobAudit audit;
  audit.hits.strata[0] = kSamplesEnd - 5;
  CHECK(auditObject(audit, "")["hits_by_stratum"] == Json::array({kSamplesEnd - 5}));
  CHECK(auditObject(audit, "")["hits_by_stratum_text"] == Json::array({"9223372036854775803"}));
}

TEST_CASE("the printed pi reads back as the same double") {
  JobInfo job = finishedJob();
  job.hits.strata[0] = 333'333'333;
  CHECK(Json::parse(jsonLine(jobObject(job)))["pi"].get<double>() == 4.0 * 333'333'333 / 1e9);
}

TEST_CASE("wall seconds are never zero") {
  JobInfo job = finishedJob();
  job.elapsed = Duration{};
  CHECK(jobObject(job)["wall_seconds"] > 0.0);
}

TEST_CASE("the progress of a job that is not over") {
  Json object = jobObject(runningJob());
  CHECK(object["workers_now"] == 2);
  CHECK(object["samples"] == 1'000'000'000);
  CHECK(object["samples_counted"] == 500'000'000);
  CHECK(object["chunks_counted"] == 500);
  CHECK(object["samples_per_second"] == 250'000'000);
}

TEST_CASE("the stream version is the job's own, not this program's") {
  JobInfo job = finishedJob();
  job.streamVersion = kStreamVersion + 1;
  CHECK(jobObject(job)["stream_version"] == kStreamVersion + 1);
}

TEST_CASE("values that are not known yet are null") {
  Json object = jobObject(queuedJob());
  for (const char* key : {"uid", "pi", "pi_text", "standard_error", "ci95", "name", "submitter",
                          "reason", "submitted_at", "started_at", "ended_at"}) {
    CAPTURE(key);
    CHECK(object[key].is_null());
  }
}

TEST_CASE("a submitted job has a schema and an id") {
  JobUid uid{};
  uid.bytes[0] = 0xab;
  CHECK(jsonLine(submissionObject(JobId{7}, uid)) ==
        "{\"schema\":1,\"job\":7,\"uid\":\"ab" + std::string(30, '0') + "\"}\n");
}

TEST_CASE("a list has one object for each job or worker") {
  std::array jobs{finishedJob(), runningJob()};
  Json list = jobListObject(jobs);
  CHECK(list["schema"] == 1);
  CHECK(list["jobs"].size() == 2);
  CHECK(list["jobs"][0] == jobObject(finishedJob()));
  CHECK(jsonLine(jobListObject({})) == "{\"schema\":1,\"jobs\":[]}\n");
  CHECK(jsonLine(workerListObject({})) == "{\"schema\":1,\"workers\":[]}\n");
}

TEST_CASE("a worker's name may be any bytes, and the line is still UTF-8") {
  WorkerInfo worker = activeWorker();
  worker.profile.name = "\xff\"\n";
  std::array workers{worker};
  Json object = Json::parse(jsonLine(workerListObject(workers)))["workers"][0];
  CHECK(object["name"] == "\xEF\xBF\xBD\"\n");
  CHECK(object["worker"] == 3);
  CHECK(object["worker_text"] == "0.3");
  CHECK(object["state"] == "active");
  CHECK(object["samples_contributed"] == 12'345'678);
  CHECK(object["samples_contributed_text"] == "12345678");
  CHECK(object["seconds_since_heard"] == 0.35);
  CHECK(object["connected_seconds"] == 4.25);
  CHECK(object["seconds_left"].is_null());
}

TEST_CASE("a worker that knows its end has the seconds that are left") {
  WorkerInfo worker = activeWorker();
  worker.timeLeft = std::chrono::milliseconds(90'500);
  CHECK(workerObject(worker)["seconds_left"] == 90.5);
  worker.timeLeft = Duration{};
  CHECK(workerObject(worker)["seconds_left"] == 0.0);
}

TEST_CASE(
    "a scheduler is one object, and its dashboard and disk failure are null if there is none") {
  SchedulerInfo info{.programVersion = "1.2", .gitCommit = "abc", .addresses = {"tcp://a:1"}};
  info.workers = 3;
  Json object = infoObject(info);
  CHECK(object.at("schema") == 1);
  CHECK(object.at("version") == "1.2");
  CHECK(object.at("addresses") == Json::array({"tcp://a:1"}));
  CHECK(object.at("workers") == 3);
  CHECK(object.at("disk_failure").is_null());
  info.diskFailure = "no space";
  CHECK(infoObject(info).at("disk_failure") == "no space");
  CHECK(object.at("dashboard").is_null());
  info.dashboard = "http://127.0.0.1:8787/";
  CHECK(infoObject(info).at("dashboard") == "http://127.0.0.1:8787/");
}

TEST_CASE("a queue is shown with its number, in hours, and with null for what it has not") {
  SchedulerInfo info;
  CHECK(infoObject(info).at("queues") == Json::array());
  info.queues = {{.name = "slurm: -p a",
                  .workersMax = 8,
                  .pending = 2,
                  .pendingReason = "Priority",
                  .nodeSeconds = 5400},
                 {.name = "local", .pausedBecause = "no", .nodeSecondsMax = 7200}};
  Json queues = infoObject(info).at("queues");
  CHECK(queues[0].at("queue") == 1);
  CHECK(queues[0].at("name") == "slurm: -p a");
  CHECK(queues[0].at("paused_because").is_null());
  CHECK(queues[0].at("pending") == 2);
  CHECK(queues[0].at("pending_reason") == "Priority");
  CHECK(queues[0].at("node_hours") == 1.5);
  CHECK(queues[0].at("node_hours_max").is_null());
  CHECK(queues[1].at("queue") == 2);
  CHECK(queues[1].at("paused_because") == "no");
  CHECK(queues[1].at("node_hours_max") == 2);
}

}  // namespace
}  // namespace pi
