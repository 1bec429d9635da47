// Runs the simulation for many seeds, or for ever, and prints the first one that fails.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/simulation/simulation.h"

namespace {

using pi::simulation::Faults;

// What the story needed, so that a liveness or a waste problem shows as a number.
struct Totals {
  std::uint64_t runs = 0;
  std::uint64_t stepsMax = 0;
  std::uint64_t crashes = 0;
  std::uint64_t stops = 0;
  double computed = 0;
  double counted = 0;
};

unsigned long long printable(std::uint64_t n) { return n; }

// Where the cluster stood at the end.
void print(const pi::simulation::Outcome& outcome) {
  std::printf("  after %.3f s and %llu steps\n", pi::seconds(outcome.elapsed),
              printable(outcome.steps));
  for (const pi::JobInfo& job : outcome.jobs) {
    std::printf("  job %llu: %s, %llu of %llu samples, chunk %llu, priority %d\n",
                printable(number(job.id)), std::string(name(job.state)).c_str(),
                printable(job.samplesCounted), printable(job.spec.samples),
                printable(job.spec.chunkSize), job.spec.priority);
  }
  for (const pi::WorkerInfo& worker : outcome.workers) {
    std::printf("  worker %llu: state %d, %llu samples/s, %llu leases, heard %.3f s ago\n",
                printable(number(worker.id)), static_cast<int>(worker.state),
                printable(worker.samplesPerSecond), printable(worker.leases),
                pi::seconds(worker.sinceHeard));
  }
}

bool runOne(std::uint64_t seed, Faults faults, Totals& totals, bool isTalkative) {
  // Printed first: a broken invariant aborts.
  if (isTalkative) std::fprintf(stderr, "seed %llu\n", printable(seed));
  pi::simulation::Outcome outcome = pi::simulation::Simulation(seed, faults).run();
  ++totals.runs;
  if (outcome.steps > totals.stepsMax) totals.stepsMax = outcome.steps;
  totals.crashes += outcome.crashes;
  totals.stops += outcome.stops;
  totals.computed += static_cast<double>(outcome.samplesComputed);
  for (const pi::JobInfo& job : outcome.jobs) {
    totals.counted += static_cast<double>(job.samplesCounted);
  }
  if (outcome.wrong.empty() && outcome.allJobsOver) return true;
  std::printf("seed %llu fails: %s\n", printable(seed),
              outcome.wrong.empty() ? "it does not come to an end" : outcome.wrong.c_str());
  print(outcome);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seeds = 2000, from = 1;
  Faults faults = Faults::kAll;
  bool isTalkative = false;
  for (int i = 1; i < argc; ++i) {
    bool hasValue = i + 1 < argc;
    if (std::strcmp(argv[i], "--seeds") == 0 && hasValue) {
      seeds = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--from") == 0 && hasValue) {
      from = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--crashes-only") == 0) {
      faults = Faults::kCrashes;
    } else if (std::strcmp(argv[i], "--no-faults") == 0) {
      faults = Faults::kNone;
    } else if (std::strcmp(argv[i], "--verbose") == 0) {
      isTalkative = true;
    } else {
      std::fprintf(
          stderr,
          "usage: simulate [--seeds N] [--from SEED] [--crashes-only | --no-faults] [--verbose]\n");
      return 2;
    }
  }
  Totals totals;
  for (std::uint64_t seed = from; seed < from + seeds; ++seed) {
    if (!runOne(seed, faults, totals, isTalkative)) return 1;
  }
  std::printf(
      "%llu seeds from %llu: all results exact, at most %llu steps; the scheduler crashed %llu "
      "times and stopped in order %llu times; %.3f samples computed for each one counted\n",
      printable(totals.runs), printable(from), printable(totals.stepsMax),
      printable(totals.crashes), printable(totals.stops), totals.computed / totals.counted);
  return 0;
}
