// The command scaling: one job on more and more threads of a cluster, or of this machine.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/commands.h"
#include "client/embedded.h"
#include "client/failure.h"
#include "client/find_scheduler.h"
#include "client/interruption.h"
#include "client/output.h"
#include "client/reconnecting_link.h"
#include "client/result_file.h"
#include "client/scaling_fit.h"
#include "client/scaling_plot.h"
#include "client/scaling_runs.h"
#include "client/warnings.h"
#include "common/base/quantity.h"
#include "common/json/documents.h"
#include "common/model/block.h"

namespace pi::client {
namespace {

// Not in SECURITY.md: it bounds what the user's own command line asks of this machine.
constexpr std::uint32_t kLocalThreadsMax = 4096;

bool isWeak(const command::Scaling& command) { return command.mode == ScalingMode::kWeak; }

// 1, 2, 4, ..., and the largest number.
std::vector<ScalingTimes> threadsUpTo(std::uint32_t most) {
  std::vector<ScalingTimes> times;
  for (std::uint32_t threads = 1; threads < most; threads *= 2) {
    times.push_back({.threads = threads, .seconds = {}});
  }
  times.push_back({.threads = most, .seconds = {}});
  return times;
}

JobSpec specFor(const command::Scaling& command, std::uint32_t threads) {
  JobSpec spec = command.spec;
  if (isWeak(command)) spec.samples *= threads;
  spec.chunkSize = std::min(defaultChunkSize(spec), spec.samples);
  return spec;
}

// In rounds, so that whatever else slows the machines down for a while does so for all numbers of
// threads.  `runOn`: how the job is run on a number of threads.
template <typename RunOn>
std::vector<ScalingTimes> measure(const command::Scaling& command, std::uint32_t most,
                                  RunOn runOn) {
  std::vector<ScalingTimes> times = threadsUpTo(most);
  std::vector<std::uint64_t> hits(times.size());
  for (std::uint64_t round = 0; round < command.rounds; ++round) {
    for (std::size_t i = 0; i < times.size(); ++i) {
      TimedRun run = runOn(times[i].threads, specFor(command, times[i].threads));
      if (round > 0 && run.hits != hits[i]) {
        throw Failure(ExitCode::kFailed,
                      "two runs of one job found different hits; do not trust these machines");
      }
      hits[i] = run.hits;
      times[i].seconds.push_back(run.seconds);
    }
  }
  return times;
}

// Throws Failure if the job of so many threads is too large.
void checkSize(const command::Scaling& command, std::uint32_t most) {
  if (isWeak(command) && command.spec.samples > (kSamplesEnd - 1) / most) {
    throw Failure(ExitCode::kUsage,
                  "a job has fewer than 2^63 samples; give fewer for each thread");
  }
}

std::vector<ScalingTimes> measureHere(const command::Scaling& command) {
  std::uint32_t cpus = EmbeddedCluster::usableCpus();
  std::uint32_t most = command.maxThreads == 0 ? cpus : command.maxThreads;
  if (most > kLocalThreadsMax) {
    throw Failure(ExitCode::kUsage, "--max-threads: one machine is measured with at most " +
                                        countText(kLocalThreadsMax, "thread") +
                                        "; give a smaller number");
  }
  // A user who did not ask for this machine must learn of it.
  if (!command.local) {
    report("no scheduler found: measuring this machine with up to " + countText(most, "thread"));
  }
  warnOfThreads(most, cpus);
  checkSize(command, most);
  net::KjLoop loop;
  return measure(command, most, [&loop](std::uint32_t threads, const JobSpec& spec) {
    return runHere(loop, threads, spec);
  });
}

std::vector<ScalingTimes> measureCluster(const command::Scaling& command, const Options& options,
                                         const SchedulerLocation& location) {
  net::KjLoop loop;
  net::ClientLink first = connect(loop, location, std::nullopt);
  Interruption interruption(loop);
  ReconnectingLink link(kj::mv(first), reconnectBy(loop, options, &interruption));
  ClusterRuns runs(loop, link, interruption);
  std::uint32_t all = runs.waitForThreads();
  std::uint32_t most = command.maxThreads == 0 ? all : command.maxThreads;
  if (most > all) {
    throw Failure(ExitCode::kUsage,
                  "--max-threads: the workers have " + countText(all, "thread") +
                      " together; give at most as many, or start more workers with pi-worker");
  }
  report("measuring the workers with up to " + countText(most, "thread"));
  checkSize(command, most);
  return measure(command, most, [&runs](std::uint32_t threads, const JobSpec& spec) {
    return runs.run(threads, spec);
  });
}

Json scalingObject(const command::Scaling& command, Place place, std::span<const ScalingRow> rows,
                   const std::optional<SerialFraction>& fraction) {
  Json object{{"schema", kSchema},
              {"local", place == Place::kThisProgram},
              {"mode", isWeak(command) ? "weak" : "strong"},
              {"samples", command.spec.samples},
              {"samples_text", std::to_string(command.spec.samples)},
              {"sampler", name(command.spec.stream.sampler)},
              {"seed", command.spec.stream.seed},
              {"seed_text", std::to_string(command.spec.stream.seed)},
              {"rounds", command.rounds},
              {"points", Json::array()}};
  for (const ScalingRow& row : rows) {
    object["points"].push_back({{"threads", row.threads},
                                {"seconds", row.seconds},
                                {"fastest_seconds", row.fastest},
                                {"slowest_seconds", row.slowest},
                                {"speed_up", row.speedUp},
                                {"efficiency", row.efficiency}});
  }
  object["serial_fraction"] = fraction ? Json(fraction->value) : Json();
  object["serial_fraction_error"] = fraction ? Json(fraction->error) : Json();
  return object;
}

std::string caption(const command::Scaling& command) {
  return countText(command.spec.samples, "sample") +
         (isWeak(command) ? " for each thread, " : ", ") +
         std::string(name(command.spec.stream.sampler)) + ", medians of " +
         countText(command.rounds, "round");
}

void writePlot(const std::string& file, const std::string& svg) {
  ResultFile out(file, "--plot");
  out.write(svg);
  out.close();
}

// In a job that is too short, the start and the end are measured.
void warnOfShortness(std::span<const ScalingRow> rows) {
  constexpr double kSecondsMin = 0.5;
  if (rows.back().seconds >= kSecondsMin) return;
  report("warning: on " + countText(rows.back().threads, "thread") +
         " the job takes less than half a second; give more samples for a better measurement");
}

}  // namespace

ExitCode run(const command::Scaling& command, const Options& options) {
  std::optional<SchedulerLocation> location;
  if (!command.local) location = findScheduler(options);
  Place place = location ? Place::kCluster : Place::kThisProgram;
  if (command.plot) writePlot(*command.plot, "");  // Before the measurement, which an error loses.
  std::vector<ScalingTimes> times =
      location ? measureCluster(command, options, *location) : measureHere(command);
  std::vector<ScalingRow> rows = scalingRows(command.mode, times);
  std::optional<SerialFraction> fraction = fitSerialFraction(command.mode, times);
  warnOfShortness(rows);
  if (options.output == Output::kJson) {
    print(jsonLine(scalingObject(command, place, rows, fraction)));
  } else {
    print(caption(command) + "\n" + scalingText(command.mode, rows, fraction, styleOfStdout()));
  }
  if (command.plot) {
    writePlot(*command.plot, scalingPlot(command.mode, rows, fraction, caption(command)));
  }
  return ExitCode::kDone;
}

}  // namespace pi::client
