#include "scheduler/allocation/text/slurm_command.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <string_view>

#include "scheduler/allocation/text/environment.h"
#include "scheduler/allocation/text/shell_words.h"

namespace pi::allocation {
namespace {

using std::string_view;

// Whole minutes: Slurm rounds seconds up, too.
std::string minutesText(Duration limit) {
  auto minutes = std::chrono::ceil<std::chrono::minutes>(limit).count();
  return std::to_string(std::max<decltype(minutes)>(minutes, 1));
}

// Slurm replaces "%j" and the like in the names of output files.
std::string withoutPatterns(string_view path) {
  std::string text;
  for (char c : path) {
    text += c;
    if (c == '%') text += c;
  }
  return text;
}

// The variables that say where Slurm is; all others with its mark are about one job.
bool isAboutTheSite(string_view name) {
  constexpr std::array<string_view, 4> kSite{"SLURM_CLUSTERS", "SLURM_CONF", "SLURM_CONF_SERVER",
                                             "SLURM_JWT"};
  return std::ranges::find(kSite, name) != kSite.end();
}

bool isLeftOut(string_view name) {
  if (name.starts_with("SLURM")) return !isAboutTheSite(name);
  constexpr std::array<string_view, 3> kBreaking{"SBATCH_ARRAY_INX", "SBATCH_CLUSTERS",
                                                 "SBATCH_WAIT"};
  return name.starts_with("SQUEUE_") || name.starts_with("SCANCEL_") ||
         name.starts_with("SACCT_") || std::ranges::find(kBreaking, name) != kBreaking.end();
}

Words withoutBreaking(const Words& own) {
  Words kept;
  std::ranges::copy_if(own, std::back_inserter(kept),
                       [](const std::string& variable) { return !isLeftOut(nameIn(variable)); });
  return kept;
}

// The variables by which worker.sbatch and pi-worker know their scheduler.
Words variablesOf(const AllocationRequest& request, const WorkerStart& start) {
  Words variables{"PI_ALLOCATION=" + request.name, "PI_CONNECTION_FILE=" + start.connectionFile};
  if (!start.worker.empty()) variables.push_back("PI_WORKER=" + start.worker);
  return variables;
}

}  // namespace

std::string logPath(const WorkerStart& start, const std::string& name) {
  return start.logFolder + "/" + name + ".log";
}

Words submitWords(const AllocationRequest& request, const WorkerStart& start) {
  // The last one of two options counts: users may choose the output, and nothing after it.
  Words words{"sbatch", "--output=" + withoutPatterns(logPath(start, request.name))};
  words.insert(words.end(), request.arguments.begin(), request.arguments.end());
  words.insert(words.end(),
               {"--parsable", "--job-name=" + request.name, "--nodes=1", "--ntasks-per-node=1",
                "--time=" + minutesText(request.timeLimit), "--no-requeue", "--export=ALL"});
  return words;
}

Words listWords() {
  // With a mark at its end, a field is not cut.
  return {"squeue", "--me", "--states=all", "--noheader",
          "--Format=JobID:|,State:|,StartTime:|,exit_code:|,Reason:|,Name:|"};
}

Words cancelWords(const Words& ids, bool onlyPending) {
  Words words{"scancel"};
  if (onlyPending) words.emplace_back("--state=PENDING");
  words.insert(words.end(), ids.begin(), ids.end());
  return words;
}

Words recentJobWords(const std::string& id) {
  return {"scontrol", "--oneliner", "show", "job", id};
}

Words pastJobWords(const std::string& id) {
  return {"sacct",       "--noheader",   "--allocations",
          "--parsable2", "--jobs=" + id, "--format=JobIDRaw,State,ExitCode,JobName%128"};
}

Words submitEnvironment(const Words& own, const AllocationRequest& request,
                        const WorkerStart& start) {
  return withVariables(withoutBreaking(own), variablesOf(request, start));
}

Words queryEnvironment(const Words& own) {
  return withVariables(withoutBreaking(own), {"SLURM_TIME_FORMAT=%s"});
}

std::string submitText(const AllocationRequest& request, const WorkerStart& start) {
  return "env " + shellText(variablesOf(request, start)) + " " +
         shellText(submitWords(request, start)) + " < worker.sbatch";
}

}  // namespace pi::allocation
