#include "worker/batch_job.h"

#include <charconv>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <vector>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/limits.h"
#include "common/model/worker_info.h"

namespace pi::worker {
namespace {

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

// The names of the variables in which a batch system says what runs here.
struct BatchSystem {
  const char* job;
  const char* array = nullptr;         // The id of the whole array, where that is another one.
  const char* task = nullptr;          // The number of this task in it.
  std::string_view before{}, after{};  // How its list writes them: before and after the task.
  std::vector<const char*> cpus{};
};

const std::vector<BatchSystem>& batchSystems() {
  static const std::vector<BatchSystem> kAll{
      {.job = "SLURM_JOB_ID",
       .array = "SLURM_ARRAY_JOB_ID",
       .task = "SLURM_ARRAY_TASK_ID",
       .before = "_",
       .cpus = {"SLURM_CPUS_PER_TASK"}},
      {.job = "PBS_JOBID", .cpus = {"NCPUS", "PBS_NUM_PPN"}},  // The id names the task, too.
      {.job = "LSB_JOBID", .task = "LSB_JOBINDEX", .before = "[", .after = "]"},
      {.job = "JOB_ID", .task = "SGE_TASK_ID", .before = ".", .cpus = {"NSLOTS"}},
  };
  return kAll;
}

const BatchSystem* batchSystem() {
  for (const BatchSystem& each : batchSystems()) {
    if (!environment(each.job).empty()) return &each;
  }
  return nullptr;
}

// Nothing for a text that is not a number above zero.
std::optional<std::uint32_t> countIn(std::string_view text) {
  std::uint32_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count == 0) return std::nullopt;
  return count;
}

// LSF lists all hosts of the job, each with its number of CPUs: "node1 4 node2 8".
std::optional<std::uint32_t> lsfCpus(const std::string& host) {
  auto withoutDomain = [](const std::string& name) { return name.substr(0, name.find('.')); };
  std::istringstream list(environment("LSB_MCPU_HOSTS"));
  for (std::string name, count; list >> name >> count;) {
    if (withoutDomain(name) == withoutDomain(host)) return countIn(count);
  }
  return std::nullopt;
}

}  // namespace

std::string batchJob() {
  const BatchSystem* system = batchSystem();
  if (system == nullptr) return "";
  std::string id = environment(system->job);
  std::string task = system->task == nullptr ? "" : environment(system->task);
  // "0" and "undefined" are what LSF and Grid Engine say outside of an array.
  if (!task.empty() && task != "undefined" && !(task == "0" && system->array == nullptr)) {
    std::string array = system->array == nullptr ? "" : environment(system->array);
    if (!array.empty()) id = array;
    id.append(system->before).append(task).append(system->after);
  }
  return std::string(frontOf(printable(id), kProfileTextBytesMax));
}

std::optional<std::uint32_t> batchCpus(const std::string& host) {
  const BatchSystem* system = batchSystem();
  if (system == nullptr) return std::nullopt;
  for (const char* variable : system->cpus) {
    if (auto count = countIn(environment(variable))) return count;
  }
  return lsfCpus(host);
}

BatchEnd batchEnd(WallTime now) {
  using std::chrono::seconds;
  std::string variable = "SLURM_JOB_END_TIME";
  if (environment(variable.c_str()).empty()) variable = "PI_END_TIME";
  std::string text = environment(variable.c_str());
  if (text.empty()) return {};
  std::int64_t time = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
  if (error != std::errc{} || end != text.data() + text.size() || time <= 0) {
    return {.warning = variable + " is " + quoted(text) +
                       " and not a time in seconds since 1970: this worker does not know when its "
                       "batch job ends, and waits for a signal"};
  }
  auto today = std::chrono::floor<seconds>(now).time_since_epoch();
  if (seconds(time) > today + std::chrono::floor<seconds>(kTimeLeftMax)) return {};
  Duration timeLeft = WallTime(seconds(time)) - now;
  if (timeLeft > Duration::zero()) return {.timeLeft = timeLeft};
  return {.timeLeft = timeLeft,
          .warning = variable + " is " + text + ": this batch job ended " +
                     durationText(-timeLeft) +
                     " ago, so nothing is computed; if that is wrong, unset the variable, or set "
                     "the clock of this machine"};
}

}  // namespace pi::worker
