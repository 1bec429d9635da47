// The speed of every kernel that this CPU can run, in samples per second: of the sampler `random`,
// with the share of its port bound that each kernel reaches, and of `sobol`, counted by nets from
// the begin of the stream.  The textbook loop (mt19937) is measured for comparison.
//
// The bound counts vector operations (see "Speed" in STREAM.md).  The clock frequency is measured
// with a chain of dependent additions, one per cycle.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/bench/machine.h"
#include "tests/bench/mersenne_twister.h"
#include "worker/kernels/kernel.h"

namespace pi::kernels {
namespace {

// The operations of one step of all lanes (128 samples).
struct Operations {
  const char* kernel;
  double wide, narrow, masks, popcounts;

  double cycles(const VectorCosts& costs) const {
    return wide * costs.wide + narrow * costs.narrow + masks * costs.mask +
           popcounts * costs.popcount;
  }
};
constexpr Operations kOperations[] = {
    // 4 vectors advance (8 operations each).  4 times, words are decided (2 products, sum, maximum,
    // comparison, move of the mask).  Every fourth step: maximum, comparison, test of the mask.
    {.kernel = "avx512", .wide = 4 * 8 + 4 * 5 + 0.5, .narrow = 0, .masks = 4.25, .popcounts = 0},
    // 8 vectors advance (12 operations each; a rotation takes three).  8 times, words are decided
    // (2 products, average, offset, minimum); for two of these together, signs are packed and
    // moved, and counted.  Every fourth step: 2 operations to compare, for 4 vectors.
    {.kernel = "avx2", .wide = 0, .narrow = 8 * 12 + 8 * 5 + 4 * 2 + 2, .masks = 0, .popcounts = 4},
    // Vectors half as long.  Signs are shifted and added.
    {.kernel = "sse2", .wide = 0, .narrow = 2 * (8 * 12 + 8 * 7 + 2), .masks = 0, .popcounts = 0},
};

double clockHertz() {
  auto additions = [](std::uint64_t count) {
    std::uint64_t x = 1;
    for (std::uint64_t i = 0; i < count; i += 10) {
#if defined(__x86_64__)
      asm volatile(
          "add %0, %0\n add %0, %0\n add %0, %0\n add %0, %0\n add %0, %0\n"
          "add %0, %0\n add %0, %0\n add %0, %0\n add %0, %0\n add %0, %0\n"
          : "+r"(x));
#else
      for (int j = 0; j < 10; ++j) asm volatile("add %0, %0, %0" : "+r"(x));
#endif
    }
  };
  // Each measurement takes half a millisecond, so that few are interrupted on a busy machine.  The
  // median is used, as for the kernels: they do not always run at the highest clock, either.
  constexpr std::uint64_t kAdditions = 2'000'000;
  std::vector<double> found(201);
  for (double& hertz : found) {
    auto begin = std::chrono::steady_clock::now();
    additions(kAdditions);
    std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    hertz = static_cast<double>(kAdditions) / taken.count();
  }
  auto median = found.begin() + static_cast<std::ptrdiff_t>(found.size() / 2);
  std::nth_element(found.begin(), median, found.end());
  return *median;
}

void runRandom(benchmark::State& state, const Kernel& kernel) {
  constexpr std::uint64_t kSamples = 64 * kBlockSamples;
  SampleRange range{.begin = 0, .end = kSamples};
  for (auto _ : state) {
    benchmark::DoNotOptimize(kernel.hitsIn({.seed = 1}, range));
    range = {.begin = range.end, .end = range.end + kSamples};
  }
  state.counters["samples/s"] = benchmark::Counter(static_cast<double>(kSamples),
                                                   benchmark::Counter::kIsIterationInvariantRate);
}

// The first 2^log samples of a sampler whose speed depends on their number.
void runFirst(benchmark::State& state, const Kernel& kernel, Sampler sampler, int log) {
  const std::uint64_t samples = std::uint64_t{1} << log;
  std::uint64_t seed = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        kernel.hitsIn({.seed = ++seed, .sampler = sampler}, {.begin = 0, .end = samples}));
  }
  state.counters["samples/s"] = benchmark::Counter(static_cast<double>(samples),
                                                   benchmark::Counter::kIsIterationInvariantRate);
}

void runMersenneTwister(benchmark::State& state) {
  constexpr std::uint64_t kSamples = 1 << 20;
  std::mt19937 random(1);
  for (auto _ : state) benchmark::DoNotOptimize(hitsByMersenneTwister(random, kSamples));
  state.counters["samples/s"] = benchmark::Counter(static_cast<double>(kSamples),
                                                   benchmark::Counter::kIsIterationInvariantRate);
}

// Prints everything, and keeps the medians.
class Reporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.aggregate_name == "median") {
        medians[run.run_name.function_name] = run.counters.at("samples/s").value;
      }
    }
  }

  std::map<std::string, double> medians;
};

void printRatios(const std::map<std::string, double>& medians) {
  Machine machine = thisMachine();
  double clock = clockHertz(), loop = medians.at("mt19937");
  std::printf("\nmachine %s\nclock %.3f GHz; medians:\n", machine.name.c_str(), clock / 1e9);
  for (const auto& [name, rate] : medians) {
    std::printf("%-18s %10.3f G samples/s", name.c_str(), rate / 1e9);
    // Counting by nets cannot be compared with a loop.
    if (name.find('_') == std::string::npos) std::printf(" %8.1f x mt19937", rate / loop);
    for (const Operations& operations : kOperations) {
      double cycles = operations.cycles(machine.costs);
      if (name != operations.kernel || cycles == 0) continue;
      double bound = 128 * clock / cycles;
      std::printf("%6.1f %% of its port bound, %.2f G/s", 100 * rate / bound, bound / 1e9);
    }
    std::printf("\n");
  }
}

}  // namespace
}  // namespace pi::kernels

int main(int argc, char** argv) {
  using namespace pi::kernels;
  // Interleaved, so that a slow phase of the machine affects all alike.
  std::vector<std::string> arguments = {argv[0], "--benchmark_enable_random_interleaving=true",
                                        "--benchmark_repetitions=15", "--benchmark_min_time=0.05",
                                        "--benchmark_report_aggregates_only=true"};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size());
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());

  benchmark::RegisterBenchmark("mt19937", &runMersenneTwister);
  for (const Kernel& kernel : all()) {
    if (!kernel.isSupported()) continue;
    std::string name(kernel.name);
    benchmark::RegisterBenchmark(name.c_str(), &runRandom, kernel);
    for (pi::Sampler sampler : pi::kSamplers) {
      if (sampler == pi::Sampler::kRandom) continue;
      for (int log : {17, 30, 42}) {
        std::string full = std::string(pi::name(sampler)) + "_" + name + "_" + std::to_string(log);
        benchmark::RegisterBenchmark(full.c_str(), &runFirst, kernel, sampler, log);
      }
    }
  }
  Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  if (reporter.medians.contains("mt19937")) printRatios(reporter.medians);
}
