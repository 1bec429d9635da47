#include "scheduler/http/api.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/quantity.h"
#include "common/json/documents.h"
#include "common/json/history_objects.h"
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

}  // namespace

Answer Api::cluster() { return answerOf(overview_.clusterObject()); }

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

Answer Api::convergence(std::uint64_t id, const Target& target) const {
  Numbers numbers{.target = target};
  std::uint64_t after = numbers.read("after", 0, kCountEnd - 1, 0);
  if (numbers.failure) return http::answerOf(*numbers.failure);
  OrRefusal<JobInfo> found = service_.find(JobId{id});
  if (const auto* refusal = std::get_if<Refusal>(&found)) return http::answerOf(*refusal);
  const auto& job = std::get<JobInfo>(found);
  Json points = Json::array();
  const JobHistory* past = service_.history().job(job.id);
  for (const ConvergencePoint& point : past->convergence.points()) {
    if (point.number > after) points.push_back(convergencePointObject(point, job.spec));
  }
  return answerOf(
      Json{{"schema", kSchema}, {"job", number(job.id)}, {"points", std::move(points)}});
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

Answer Api::leases(std::uint64_t id, const Target& target) const {
  Numbers numbers{.target = target};
  std::uint64_t limit = numbers.read("limit", 1, kLeasesPerAnswerMax, kLeasesPerAnswerMax);
  if (numbers.failure) return http::answerOf(*numbers.failure);
  History history = service_.history();
  if (history.workers().find(WorkerId{id}) == nullptr) {
    OrRefusal<WorkerInfo> found = service_.worker(WorkerId{id});
    if (const auto* refusal = std::get_if<Refusal>(&found)) return http::answerOf(*refusal);
  }
  std::vector<LeaseRecord> records = history.leasesOf(WorkerId{id});
  std::size_t first = records.size() - std::min<std::size_t>(records.size(), limit);
  Json leases = Json::array();
  for (std::size_t i = first; i < records.size(); ++i) {
    leases.push_back(leaseRecordObject(records[i], service_.startedAt()));
  }
  return answerOf(Json{{"schema", kSchema}, {"worker", id}, {"leases", std::move(leases)}});
}

Answer Api::log(const Target& target) const {
  Numbers numbers{.target = target};
  std::uint64_t limit = numbers.read("limit", 1, kLogLinesKept, kLogLinesKept);
  if (numbers.failure) return http::answerOf(*numbers.failure);
  Json lines = Json::array();
  for (const LogLine& line : service_.logTail().linesAfter(0, limit)) {
    lines.push_back(logLineObject(line));
  }
  return answerOf(Json{{"schema", kSchema}, {"lines", std::move(lines)}});
}

}  // namespace pi::scheduler::http
