// Injects faults into a cluster that works on one long job, and checks what the programs promise.
// Prints one figure per line.  The exit code is 1 if a promise was broken.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/cluster/chaos_run.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

// The share of the cores' full speed that the job gets beside the faults and restarts.
constexpr double kUsableShare = 0.75;

double inSeconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Prints one line of the report.
void print(const char* what, const std::string& figure) {
  std::printf("%-44s %s\n", what, figure.c_str());
}

std::string secondsText(Clock::duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", inSeconds(duration));
  return text;
}

std::string ratioText(std::uint64_t part, std::uint64_t whole) {
  char text[64];
  std::snprintf(text, sizeof text, "%llu (%.4f N)", static_cast<unsigned long long>(part),
                static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

// Checks promises, and prints each with its figure.
class Verdict {
 public:
  void check(const char* what, const std::string& figure, bool isKept) {
    print(what, figure + (isKept ? "" : "   BROKEN"));
    isKept_ = isKept_ && isKept;
  }
  bool isKept() const { return isKept_; }

 private:
  bool isKept_ = true;
};

Json runWithoutFaults(std::uint64_t samples) {
  Ended run = Home().runClient({"run", std::to_string(samples), "--local", "--json"});
  if (run.exitCode != 0) throw std::runtime_error("the run without faults failed: " + run.err);
  return Json::parse(run.out);
}

void printFaults(const ChaosFigures& figures) {
  for (std::size_t i = 0; i < kFaults; ++i) {
    print(std::string(nameOf(static_cast<Fault>(i))).c_str(), std::to_string(figures.done[i]));
  }
  print("time", secondsText(figures.wall));
  print("time without a scheduler", secondsText(figures.downtime));
  print("time without a scheduler, longest", secondsText(figures.downtimeMax));
}

// Only the median is checked: during the longest recovery other faults happened.
void judgeRecoveries(std::vector<Clock::duration> recoveries, Verdict& verdict) {
  if (recoveries.empty()) return;
  std::sort(recoveries.begin(), recoveries.end());
  Clock::duration median = recoveries[recoveries.size() / 2];
  verdict.check("restart until all workers work, median", secondsText(median),
                median <= std::chrono::seconds(2));
  bool isMet = recoveries.back() < std::chrono::seconds(2);
  print("restart until all workers work, longest",
        secondsText(recoveries.back()) + (isMet ? "" : "   (target: 2 s)"));
}

bool judge(const ChaosFigures& figures, const ChaosOptions& options, const Json& expected) {
  Verdict verdict;
  auto kills = figures.done[static_cast<std::size_t>(Fault::kKillScheduler)];
  verdict.check("scheduler killed at least 20 times", std::to_string(kills),
                kills >= 20 || options.sparesScheduler);
  verdict.check("exit code of the waiting client", std::to_string(figures.clientExitCode),
                figures.clientExitCode == 0);
  if (figures.clientExitCode == 0) {
    Json result = Json::parse(figures.clientOut);
    verdict.check("id of the job; 1 if it was submitted once", result.at("job").dump(),
                  result.at("job") == 1);
    verdict.check("state", result.at("state"), result.at("state") == "finished");
    verdict.check("samples", result.at("samples").dump(), result.at("samples") == options.samples);
    verdict.check("hits", result.at("hits").dump(), result.at("hits") == expected.at("hits"));
    print("hits of the run without faults", expected.at("hits").dump());
    print("duplicates dropped", ratioText(result.at("duplicates_dropped"), options.samples));
  }
  judgeRecoveries(figures.recoveries, verdict);
  verdict.check("largest loss of progress, in samples", std::to_string(figures.progressLossMax),
                static_cast<double>(figures.progressLossMax) <= options.samplesPerSecond);
  print("a second of work, in samples", std::to_string(std::uint64_t(options.samplesPerSecond)));
  print("samples computed, by the workers' logs", ratioText(figures.computed, options.samples));
  std::uint64_t most = figures.computed + figures.computedUnlogged;
  verdict.check("the same with killed workers, at most", ratioText(most, options.samples),
                static_cast<double>(most) <= 1.1 * static_cast<double>(options.samples));
  for (const std::string& each : figures.violations) verdict.check("violation", each, false);
  if (!verdict.isKept()) std::printf("stderr of the client:\n%s", figures.clientErr.c_str());
  return verdict.isKept();
}

int chaos(ChaosOptions options, double minutes) {
  options.duration = Milliseconds(static_cast<Milliseconds::rep>(minutes * 60'000));
  double perCore = static_cast<double>(samplesWithin(std::chrono::seconds(1)));
  options.samplesPerSecond = perCore * std::max(1U, std::thread::hardware_concurrency());
  options.samples = static_cast<std::uint64_t>(options.samplesPerSecond * kUsableShare *
                                               inSeconds(options.duration));
  std::printf("seed %llu, a job of %llu samples for %.1f minutes\n",
              static_cast<unsigned long long>(options.seed),
              static_cast<unsigned long long>(options.samples), minutes);
  std::fflush(stdout);

  Json expected = runWithoutFaults(options.samples);
  ChaosFigures figures = ChaosRun(options).run();
  printFaults(figures);
  bool isKept = judge(figures, options, expected);
  std::printf("%s\n", isKept ? "every promise was kept" : "a promise was BROKEN");
  return isKept ? 0 : 1;
}

}  // namespace
}  // namespace pi::cluster

int main(int argc, char** argv) {
  pi::cluster::ChaosOptions options;
  double minutes = 2;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    bool hasValue = i + 1 < argc;
    if (word == "--spare-scheduler") {
      options.sparesScheduler = true;
    } else if (word == "--seed" && hasValue) {
      options.seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--minutes" && hasValue) {
      minutes = std::strtod(argv[++i], nullptr);
    } else {
      minutes = 0;
    }
  }
  if (!(minutes > 0 && minutes <= 24 * 60)) {
    std::fputs("usage: chaos [--minutes M] [--seed S] [--spare-scheduler]\n", stderr);
    return 2;
  }
  try {
    return pi::cluster::chaos(options, minutes);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "chaos: %s\n", failure.what());
    return 1;
  }
}
