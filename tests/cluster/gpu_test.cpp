// A worker with the fake GPUs of tests/gpu.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

// Starts it with two threads; `fault` as tests/gpu/fake_cuda.cpp names it.
std::unique_ptr<Process> startGpuWorker(const Cluster& cluster, const Words& options,
                                        const std::string& fault = "") {
  Words words = {"--connection-file", cluster.connectionFile().string(), "--threads", "2"};
  words.insert(words.end(), options.begin(), options.end());
  return std::make_unique<Process>(
      Command{.program = PI_GPU_WORKER,
              .arguments = words,
              .environment = {{"LD_LIBRARY_PATH", PI_FAKE_DRIVER}, {"PI_FAKE_CUDA", fault}}});
}

}  // namespace

TEST_CASE("GPUs alone give the exact result of both samplers, and are listed") {
  Cluster cluster;
  auto worker = startGpuWorker(cluster, {"--device", "gpu"});
  worker->waitForErr("joined");
  CHECK(cluster.infoOf(*worker)["devices"] == "2 x Fake H200");
  constexpr std::uint64_t kSamples = 20'000'003;
  std::uint64_t random = cluster.submit(kSamples);
  CHECK(cluster.resultOf(random)["hits"] == hitsAmong(kSamples));
  std::uint64_t sobol = cluster.submit(kSamples, {"--sampler", "sobol"});
  CHECK(cluster.resultOf(sobol)["hits"] ==
        hitsAmong(kSamples, {.seed = kDefaultSeed, .sampler = Sampler::kSobol}));
  worker->signal(SIGTERM);
  CHECK(worker->wait() == 0);
}

TEST_CASE("a worker that loses its GPUs continues with its CPUs") {
  Cluster cluster;
  auto fault = cluster.stateDirectory().parent_path() / "fault";
  auto worker = startGpuWorker(cluster, kSlowly, "lost-when:" + fault.string());
  worker->waitForErr("joined");
  std::uint64_t samples = samplesWithin(std::chrono::seconds(1));
  CHECK(cluster.resultOf(cluster.submit(samples))["hits"] == hitsAmong(samples));
  // Between two jobs: a job could end before its worker meets the fault.
  std::ofstream{fault};
  std::uint64_t job = cluster.submit(samples);
  worker->waitForErr("is lost");
  CHECK(cluster.resultOf(job)["hits"] == hitsAmong(samples));
  worker->signal(SIGTERM);
  CHECK(worker->wait() == 0);
}

TEST_CASE("a worker that loses its only GPU leaves with exit code 1, and its work is not lost") {
  Cluster cluster;
  auto fault = cluster.stateDirectory().parent_path() / "fault";
  auto lonely = startGpuWorker(cluster, {"--device", "gpu:1"}, "ecc-when:" + fault.string());
  lonely->waitForErr("joined");
  constexpr std::uint64_t kSamples = 1'000'000'000;
  std::uint64_t job = cluster.submit(kSamples);
  cluster.waitForContribution(*lonely);
  std::ofstream{fault};
  CHECK(lonely->wait() == 1);
  CHECK(mentions(lonely->err(), "ECC"));
  CHECK(mentions(lonely->err(), "no device is left"));
  cluster.addWorker();
  Json result = cluster.resultOf(job);
  CHECK(result["hits"] == hitsAmong(kSamples));
  CHECK(result["workers"] == 2);
}

TEST_CASE("a worker whose GPU hangs ends in time, and leaves no process behind") {
  Cluster cluster;
  auto fault = cluster.stateDirectory().parent_path() / "fault";
  auto worker = startGpuWorker(cluster, {"--device", "gpu:0"}, "hang-when:" + fault.string());
  worker->waitForErr("joined");
  cluster.submit(kEndless);
  cluster.waitForContribution(*worker);
  std::ofstream{fault};
  waitUntil("both lanes hang", [&] {
    Json info = cluster.infoOf(*worker);
    return info["state"] == "silent" || info["seconds_since_heard"] > 3;
  });
  std::string children = contentOf("/proc/" + std::to_string(worker->pid()) + "/task/" +
                                   std::to_string(worker->pid()) + "/children");
  REQUIRE(children != "");
  worker->signal(SIGTERM);
  worker->wait();
  waitUntil("the child is gone",
            [&] { return ::kill(static_cast<pid_t>(std::stol(children)), 0) != 0; });
}

TEST_CASE("without pi-worker-gpu, '--device gpu' exits 1 and says so, and auto continues") {
  Cluster cluster;
  auto alone = cluster.stateDirectory().parent_path() / "pi-worker";
  std::filesystem::copy_file(PI_GPU_WORKER, alone);
  auto start = [&](const char* device) {
    return std::make_unique<Process>(Command{
        .program = alone.string(),
        .arguments = {"--connection-file", cluster.connectionFile().string(), "--device", device}});
  };
  auto refused = start("gpu");
  CHECK(refused->wait() == 1);
  CHECK(isOneLine(refused->err()));
  CHECK(mentions(refused->err(), "there is no program"));
  auto worker = start("auto");
  worker->waitForErr("joined");
  CHECK(mentions(worker->err(), "computing on the CPU alone"));
}

TEST_CASE("without a usable GPU '--device gpu' exits 1 with a remedy, and auto says it once") {
  Cluster cluster;
  auto refused = startGpuWorker(cluster, {"--device", "gpu"}, "no-device");
  CHECK(refused->wait() == 1);
  CHECK(isOneLine(refused->err()));
  CHECK(mentions(refused->err(), "CUDA_VISIBLE_DEVICES"));
  auto missing = startGpuWorker(cluster, {"--device", "gpu:0,5"});
  CHECK(missing->wait() == 1);
  CHECK(mentions(missing->err(), "no gpu:5"));

  auto worker = startGpuWorker(cluster, {}, "old-driver");
  worker->waitForErr("joined");
  CHECK(mentions(worker->err(), "install a newer one"));
  CHECK(cluster.infoOf(*worker)["devices"] == "cpu");
}

TEST_CASE("'pi-worker --device list' shows the GPUs, or why there are none") {
  Cluster cluster;
  auto list = startGpuWorker(cluster, {"--device", "list"});
  CHECK(list->wait() == 0);
  CHECK(mentions(list->out(), "gpu:1  Fake H200, 132 multiprocessors, compute capability 9.0"));
  auto none = startGpuWorker(cluster, {"--device", "list"}, "no-device");
  CHECK(none->wait() == 0);
  CHECK(mentions(none->out(), "no GPU: "));
}

}  // namespace pi::cluster
