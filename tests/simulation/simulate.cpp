// Plays stories: many seeds to find a failure, or one seed to look at it.
#include <cstdio>
#include <string>

#include "tests/simulation/describe.h"
#include "tests/simulation/failure.h"
#include "tests/simulation/shrink.h"
#include "tests/simulation/simulate_options.h"
#include "tests/simulation/simulation.h"
#include "tests/simulation/totals.h"

namespace {

using namespace pi::simulation;

constexpr int kFailed = 1;
constexpr int kUsage = 2;

unsigned long long printable(std::uint64_t number) { return number; }

void printEnd(const Outcome& outcome) {
  std::printf("after %s s and %llu steps:\n", inSeconds(outcome.elapsed).c_str(),
              printable(outcome.steps));
  for (const pi::JobInfo& job : outcome.jobs) {
    std::printf("  %s: %s, %llu counted of %s\n", describe(job.id).c_str(),
                std::string(name(job.state)).c_str(), printable(job.samplesCounted),
                describe(job.spec).c_str());
  }
  for (const pi::WorkerInfo& worker : outcome.workers) {
    std::printf("  worker %s: %s, %llu samples/s, %llu leases, heard %s s ago\n",
                describe(worker.id).c_str(), std::string(name(worker.state)).c_str(),
                printable(worker.samplesPerSecond), printable(worker.leases),
                inSeconds(worker.sinceHeard).c_str());
  }
}

int playMany(const Options& options) {
  Totals totals;
  for (std::uint64_t seed = options.from; seed < options.from + options.seeds; ++seed) {
    if (options.isVerbose) std::fprintf(stderr, "seed %llu\n", printable(seed));
    replayOnCrash(options, seed);
    Outcome outcome = simulate(options.planFor(seed));
    totals.add(outcome);
    if (!outcome.wrong.empty()) return replay(options, seed);
  }
  if (std::string excess = totals.excess(options.profile); !excess.empty()) {
    std::printf("%llu seeds from %llu together fail: %s\n%s", printable(options.seeds),
                printable(options.from), excess.c_str(), totals.distributions().c_str());
    return kFailed;
  }
  std::printf("from %llu, %s", printable(options.from), totals.summary().c_str());
  if (options.isVerbose) std::printf("%s", totals.distributions().c_str());
  return 0;
}

int playOne(const Options& options, Trace::Mode mode) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // In order with the message of a PI_CHECK.
  Trace trace(mode);
  printOnCrash(trace, options);
  Outcome outcome = simulate(options.planFor(options.from), trace);
  if (mode == Trace::Mode::kKeep && !outcome.wrong.empty()) trace.printKept(stdout);
  printEnd(outcome);
  if (outcome.wrong.empty()) {
    std::printf("seed %llu: all results exact\n", printable(options.from));
    return 0;
  }
  std::printf("seed %llu fails: %s\n", printable(options.from), outcome.wrong.c_str());
  printHints(options, options.from);
  return kFailed;
}

int listFaults() {
  for (const FaultKind& kind : kFaultKinds) {
    std::printf("%-22s %s %-5g %s\n", std::string(kind.name).c_str(),
                kind.isPlanned() || kind.drawn == FaultClass::kLie ? "weight     " : "probability",
                kind.rate, std::string(kind.effect).c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string error;
  std::optional<Options> options = parseOptions(argc, argv, error);
  if (!options) {
    std::fprintf(stderr, "%s\n%s", error.c_str(), std::string(usage()).c_str());
    return kUsage;
  }
  using Mode = Options::Mode;
  switch (options->mode) {
    case Mode::kRun:
      return playMany(*options);
    case Mode::kPlan:
      std::printf("%s", describe(options->planFor(options->from)).c_str());
      return 0;
    case Mode::kTrace:
      return playOne(*options, Trace::Mode::kPrint);
    case Mode::kLastLines:
      return playOne(*options, Trace::Mode::kKeep);
    case Mode::kShrink:
      return shrinkAndPrint(*options);
    case Mode::kListFaults:
      return listFaults();
    case Mode::kHelp:
      std::printf("%s", std::string(usage()).c_str());
      return 0;
  }
  return kUsage;
}
