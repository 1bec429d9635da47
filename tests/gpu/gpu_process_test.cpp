#include "worker/devices/gpu_process.h"

#include <doctest/doctest.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "worker/compute_pool.h"
#include "worker/devices/devices.h"
#include "worker/devices/gpu_unit.h"
#include "worker/devices/self_test.h"
#include "worker/kernels/kernel.h"

namespace pi::worker {
namespace {

// A driver for the programs that are started while this exists.
struct FakeDriver {
  explicit FakeDriver(const std::string& fault = "") {
    ::setenv("LD_LIBRARY_PATH", PI_FAKE_DRIVER, 1);
    ::setenv("PI_FAKE_CUDA", fault.c_str(), 1);
  }
  ~FakeDriver() {
    ::unsetenv("LD_LIBRARY_PATH");
    ::unsetenv("PI_FAKE_CUDA");
  }
};

const kernels::Kernel& best() { return kernels::best(); }
const kernels::Kernel& portable() { return *kernels::find("portable"); }

constexpr Stream kRandom{.seed = 5, .sampler = Sampler::kRandom};
constexpr Stream kSobol{.seed = 5, .sampler = Sampler::kSobol};
constexpr std::uint64_t kNetBlock = 16 << 12;  // Level 6.

std::string reasonWith(const std::string& fault) {
  FakeDriver driver(fault);
  try {
    GpuProcess gpu(0);
  } catch (const NoGpu& failure) {
    return failure.what();
  }
  return "";
}

// The reason that the first request gives that is not answered.
std::string lossWith(const std::string& fault) {
  FakeDriver driver(fault);
  GpuProcess gpu(0, std::chrono::milliseconds(300));
  try {
    for (std::uint64_t block = 0; block < 10; ++block) {
      gpu.count(0, *requestFor(kRandom, {block * kBlockSamples, (block + 1) * kBlockSamples},
                               kBlockSamples));
    }
  } catch (const DeviceLost& loss) {
    return loss.what();
  }
  return "";
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos && text.find('\n') == text.npos;
}

}  // namespace

TEST_CASE("all GPUs of the driver are listed") {
  FakeDriver driver;
  std::vector<GpuInfo> gpus = listGpus();
  CHECK(gpus.size() == 2);
  CHECK(gpus[1].name == "Fake H200");
  CHECK(gpus[1].capability == "9.0");
  CHECK(gpus[1].driver == "12.4");
  CHECK(gpus[1].multiprocessors == 132);
}

TEST_CASE("only the GPUs that CUDA or the batch system grants are used") {
  FakeDriver driver;
  ::setenv("SLURM_STEP_GPUS", "3", 1);
  CHECK(listGpus().size() == 1);
  ::setenv("CUDA_VISIBLE_DEVICES", "0,1,2", 1);  // Slurm sets this, too, where it can.
  CHECK(listGpus().size() == 3);
  ::setenv("CUDA_VISIBLE_DEVICES", "", 1);
  CHECK_THROWS_AS(listGpus(), NoGpu);
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  ::unsetenv("SLURM_STEP_GPUS");
}

TEST_CASE("why no GPU can be used is one sentence, with a remedy where there is one") {
  std::string withoutDriver;
  try {
    listGpus();
  } catch (const NoGpu& failure) {
    withoutDriver = failure.what();
  }
  // This machine may have a real driver.
  CHECK((withoutDriver.empty() || mentions(withoutDriver, "libcuda.so.1") ||
         mentions(withoutDriver, "CUDA_VISIBLE_DEVICES")));
  CHECK(mentions(reasonWith("no-device"), "CUDA_VISIBLE_DEVICES"));
  CHECK(mentions(reasonWith("old-driver"), "install a newer one"));
  FakeDriver driver;
  CHECK_THROWS_WITH_AS(GpuProcess(2), doctest::Contains("--device list"), NoGpu);
}

TEST_CASE("a GPU counts any run of blocks like a kernel of the CPU, ragged ends included") {
  FakeDriver driver;
  auto gpu = std::make_shared<GpuProcess>(0);
  ComputeUnits units = gpuUnits(gpu, best().compute);
  kernels::StopFlag stop = false;
  std::mt19937_64 random(1);
  for (int i = 0; i < 30; ++i) {
    for (Stream stream : {kRandom, kSobol}) {
      std::uint64_t block = stream.sampler == Sampler::kRandom ? kBlockSamples : kNetBlock;
      std::uint64_t begin = random() % (100 * block), size = 1 + random() % (4 * block);
      SampleRange run{.begin = begin, .end = begin + size};
      CAPTURE(run.begin);
      CAPTURE(run.end);
      ComputeUnit& unit = *units[random() % units.size()];
      CHECK(unit.count(stream, run, block, stop) == portable().hitsIn(stream, run));
    }
  }
  SampleRange points{.begin = 3, .end = 1'000};
  CHECK(units[0]->count(kSobol, points, 16, stop) == best().hitsIn(kSobol, points));
}

TEST_CASE("the two lanes of a GPU may be used at the same time") {
  FakeDriver driver;
  auto gpu = std::make_shared<GpuProcess>(1);
  ComputeUnits units = gpuUnits(gpu, best().compute);
  auto useLane = [&units](std::size_t lane, bool& isRight) {
    kernels::StopFlag stop = false;
    isRight = true;
    for (std::uint64_t i = 0; i < 40; ++i) {
      SampleRange run{.begin = i * kBlockSamples, .end = (i + 1 + lane) * kBlockSamples};
      isRight = isRight && units[lane]->count(kRandom, run, kBlockSamples, stop) ==
                               best().hitsIn(kRandom, run);
    }
  };
  bool isFirstRight = false, isSecondRight = false;
  std::thread first([&] { useLane(0, isFirstRight); });
  std::thread second([&] { useLane(1, isSecondRight); });
  first.join();
  second.join();
  CHECK(isFirstRight);
  CHECK(isSecondRight);
}

TEST_CASE("a failing launch, a memory error, a hang and a dead program are losses of the GPU") {
  CHECK(mentions(lossWith("lost-at:3"), "gpu:0 (Fake H200) is lost"));
  CHECK(mentions(lossWith("lost-at:3"), "Xid"));
  CHECK(mentions(lossWith("ecc-at:3"), "ECC"));
  CHECK(mentions(lossWith("hang-at:3"), "did not end within 300 ms"));
  CHECK(mentions(lossWith("die-at:3"), "pi-worker-gpu has ended"));
  CHECK(lossWith("lost-at:100").empty());
}

TEST_CASE("the self-test of a GPU finds one hit too many") {
  {
    FakeDriver driver("wrong-at:4");
    GpuProcess gpu(0);
    CHECK_FALSE(computesLike(gpu, best()));
  }
  FakeDriver driver;
  GpuProcess gpu(0);
  CHECK(computesLike(gpu, best()));
  CHECK(measureSpeed(gpu) > 0);
}

TEST_CASE("when a GPU is lost, the CPUs compute what it had begun, and the hits are exact") {
  FakeDriver driver("lost-at:1");
  asio::io_context io{1};
  auto work = asio::make_work_guard(io);
  ComputeUnits units = cpuUnits(best().compute, 2);
  for (auto& unit : gpuUnits(std::make_shared<GpuProcess>(0), best().compute)) {
    units.push_back(std::move(unit));
  }
  Tally tally;
  std::vector<std::size_t> threadsLeft;
  ComputePool pool(io, std::move(units), [&](const Event& event) {
    if (const auto* computed = std::get_if<event::SpanComputed>(&event)) {
      tally = computed->tally.tally;
    }
    if (const auto* loss = std::get_if<event::DeviceLost>(&event)) {
      threadsLeft.push_back(loss->threadsLeft);
    }
  });
  SampleRange range{.begin = 7, .end = 500 * kBlockSamples + 5};
  Tally expected{.range = range, .hits = best().hitsIn(kRandom, range)};
  // The CPUs may finish a lease before the GPU meets its fault.
  for (std::uint64_t lease = 1; threadsLeft.empty(); ++lease) {
    tally = {};
    pool.push({.id = LeaseId{lease}, .job = JobId{1}, .stream = kRandom, .range = range});
    while (tally.range.empty()) io.run_one();
    CHECK(tally == expected);
  }
  CHECK(threadsLeft.at(0) == 3);
}

TEST_CASE("devices are opened as they are chosen, and one that fails is no reason to stop") {
  using Kind = DeviceChoice::Kind;
  {
    FakeDriver driver;
    Devices both = openDevices({}, best(), 2);
    CHECK(both.units.size() == 2 + 4);
    CHECK(both.names == "cpu, 2 x Fake H200");
    CHECK(both.threads == 2);
    Devices second = openDevices({.kind = Kind::kGpu, .gpus = {1}}, best(), 2);
    CHECK(second.units.size() == 2);
    CHECK(second.names == "Fake H200");
    CHECK_THROWS_AS(openDevices({.kind = Kind::kGpu, .gpus = {2}}, best(), 2), NoGpu);
    CHECK(openDevices({.kind = Kind::kCpu}, best(), 3).units.size() == 3);
  }
  for (const char* fault : {"no-device", "old-driver", "wrong-at:1", "lost-at:2", "lost-at:7"}) {
    CAPTURE(fault);
    FakeDriver driver(fault);
    CHECK(openDevices({}, best(), 2).names == "cpu");
    CHECK_THROWS_AS(openDevices({.kind = Kind::kGpu}, best(), 2), NoGpu);
  }
}

}  // namespace pi::worker
