// The command scaling: one job on more and more threads of this machine.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/commands.h"
#include "client/embedded.h"
#include "client/failure.h"
#include "client/job_calls.h"
#include "client/output.h"
#include "client/result_file.h"
#include "client/scaling_fit.h"
#include "client/scaling_plot.h"
#include "client/warnings.h"
#include "common/base/quantity.h"
#include "common/json/documents.h"
#include "common/model/block.h"
#include "common/wire/wire.h"

namespace pi::client {
namespace {

// One run of the job.
struct Run {
  double seconds = 0;  // From the first lease to the last tally.
  std::uint64_t hits = 0;
};

Run runOn(net::KjLoop& loop, std::uint32_t threads, const JobSpec& spec) {
  EmbeddedCluster cluster(loop, threads);
  net::ClientLink link = cluster.connect(loop, std::nullopt);
  OpenJob job = submitJob(link, spec, newRequestId());
  JobInfo info = fromWire(link.answer(job.job.waitRequest().send()).getInfo());
  if (info.state != JobState::kFinished) throw Failure(ExitCode::kFailed, info.reason);
  return {.seconds = seconds(info.elapsed - info.waiting), .hits = info.hits.total()};
}

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

// In rounds, so that whatever else slows the machine down for a while does so for all numbers of
// threads.
void measure(const command::Scaling& command, std::vector<ScalingTimes>& times) {
  net::KjLoop loop;
  std::vector<std::uint64_t> hits(times.size());
  for (std::uint64_t round = 0; round < command.rounds; ++round) {
    for (std::size_t i = 0; i < times.size(); ++i) {
      Run run = runOn(loop, times[i].threads, specFor(command, times[i].threads));
      if (round > 0 && run.hits != hits[i]) {
        throw Failure(ExitCode::kFailed,
                      "two runs of one job found different hits; do not trust this machine");
      }
      hits[i] = run.hits;
      times[i].seconds.push_back(run.seconds);
    }
  }
}

Json scalingObject(const command::Scaling& command, std::span<const ScalingRow> rows,
                   const std::optional<SerialFraction>& fraction) {
  Json object{{"schema", kSchema},
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
  std::uint32_t cpus = EmbeddedCluster::usableCpus();
  std::uint32_t most = command.maxThreads == 0 ? cpus : command.maxThreads;
  warnOfThreads(most, cpus);
  if (isWeak(command) && command.spec.samples > (kSamplesEnd - 1) / most) {
    throw Failure(ExitCode::kUsage,
                  "a job has fewer than 2^63 samples; give fewer for each thread");
  }
  if (command.plot) writePlot(*command.plot, "");  // Before the measurement, which an error loses.
  std::vector<ScalingTimes> times = threadsUpTo(most);
  measure(command, times);
  std::vector<ScalingRow> rows = scalingRows(command.mode, times);
  std::optional<SerialFraction> fraction = fitSerialFraction(command.mode, times);
  warnOfShortness(rows);
  if (options.output == Output::kJson) {
    print(jsonLine(scalingObject(command, rows, fraction)));
  } else {
    print(caption(command) + "\n" + scalingText(command.mode, rows, fraction, styleOfStdout()));
  }
  if (command.plot) {
    writePlot(*command.plot, scalingPlot(command.mode, rows, fraction, caption(command)));
  }
  return ExitCode::kDone;
}

}  // namespace pi::client
