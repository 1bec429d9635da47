#include "scheduler/http/api.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/calendar.h"
#include "common/base/quantity.h"
#include "common/json/documents.h"
#include "scheduler/http/limits.h"
#include "scheduler/http/refused.h"
#include "scheduler/limits.h"

namespace pi::scheduler::http {
namespace {

Answer answerOf(const Json& object) { return {.body = jsonLine(object)}; }

// The numbers of a query; the first wrong one is the failure.
struct Numbers {
  const Target& target;
  std::optional<Failure> failure{};

  std::uint64_t read(const std::string& name, std::uint64_t low, std::uint64_t high,
                     std::uint64_t standard) {
    const std::string* text = target.valueOf(name);
    if (text == nullptr) return standard;
    Parsed<std::uint64_t> number = parseWhole(*text, low, high);
    if (!number.value && !failure) failure = Failure{400, name + ": " + number.error};
    return number.value.value_or(standard);
  }
};

template <typename State>
Json countsObject(const std::map<State, std::uint64_t>& counts,
                  std::initializer_list<State> states) {
  Json object = Json::object();
  for (State state : states) {
    auto found = counts.find(state);
    object[std::string(name(state))] = found == counts.end() ? 0 : found->second;
  }
  return object;
}

}  // namespace

Answer Api::cluster() {
  Json object = infoObject(service_.info());
  using enum JobState;
  object["jobs_by_state"] = countsObject<JobState>(
      service_.jobsByState(), {kQueued, kRunning, kFinished, kCancelled, kFailed});
  std::map<WorkerState, std::uint64_t> workers;
  for (const WorkerInfo& worker : service_.workers()) ++workers[worker.state];
  object["workers_by_state"] = countsObject<WorkerState>(
      workers, {WorkerState::kActive, WorkerState::kSilent, WorkerState::kAbsent,
                WorkerState::kDraining, WorkerState::kQuarantined, WorkerState::kLost});
  return answerOf(object);
}

Answer Api::jobs(const Target& target) const {
  Numbers numbers{.target = target};
  std::uint64_t limit = numbers.read("limit", 1, kJobsPerPageMax, kJobsPerPageMax);
  std::uint64_t before = numbers.read("before", 1, kCountEnd - 1, 0);
  if (numbers.failure) return http::answerOf(*numbers.failure);
  ClientService::Page page = service_.jobs(JobId{before}, limit);
  Json object = jobListObject(page.jobs);
  object["next_before"] = page.isLast ? Json() : Json(number(page.jobs.back().id));
  return answerOf(object);
}

Answer Api::job(std::uint64_t id) const {
  OrRefusal<JobInfo> found = service_.find(JobId{id});
  if (const auto* refusal = std::get_if<Refusal>(&found)) return http::answerOf(*refusal);
  return answerOf(jobObject(std::get<JobInfo>(found)));
}

Answer Api::workers(const Target& target) const {
  Numbers numbers{.target = target};
  std::uint64_t limit = numbers.read("limit", 1, kWorkersPerPageMax, kWorkersPerPageMax);
  std::uint64_t after = numbers.read("after", 1, kCountEnd - 1, 0);
  if (numbers.failure) return http::answerOf(*numbers.failure);
  std::vector<WorkerInfo> workers = service_.workers();
  std::erase_if(workers, [after](const WorkerInfo& worker) { return number(worker.id) <= after; });
  std::ranges::sort(workers, {}, &WorkerInfo::id);
  bool isLast = workers.size() <= limit;
  if (!isLast) workers.resize(limit);
  Json object = workerListObject(workers);
  object["next_after"] = isLast ? Json() : Json(number(workers.back().id));
  return answerOf(object);
}

Answer Api::worker(std::uint64_t id) const {
  OrRefusal<WorkerInfo> found = service_.worker(WorkerId{id});
  if (const auto* refusal = std::get_if<Refusal>(&found)) return http::answerOf(*refusal);
  Json object = {{"schema", kSchema}};
  object.update(workerObject(std::get<WorkerInfo>(found)));
  return answerOf(object);
}

Answer Api::log(const Target& target) const {
  Numbers numbers{.target = target};
  std::uint64_t limit = numbers.read("limit", 1, kLogLinesKept, kLogLinesKept);
  if (numbers.failure) return http::answerOf(*numbers.failure);
  Json lines = Json::array();
  for (const LogLine& line : service_.logTail().linesAfter(0, limit)) {
    lines.push_back(
        {{"time", calendarText(line.time)}, {"level", line.level}, {"text", line.text}});
  }
  return answerOf(Json{{"schema", kSchema}, {"lines", std::move(lines)}});
}

}  // namespace pi::scheduler::http
