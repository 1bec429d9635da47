#include "tests/simulation/scheduler_state.h"

#include <string_view>
#include <utility>

#include "tests/simulation/describe.h"

namespace pi::simulation {
namespace {

std::string change(const std::string& before, const std::string& after) {
  return before == after ? "" : " " + before + " -> " + after;
}

void append(std::string& all, const std::string& subject, const std::string& changed) {
  if (changed.empty()) return;
  all += (all.empty() ? "" : "; ") + subject + ":" + changed;
}

}  // namespace

std::string SchedulerState::changes(const scheduler::Scheduler& core, Instant now) {
  std::string text;
  std::map<JobId, Job> jobs;
  for (const JobInfo& info : core.jobs(now)) {
    Job job{.state = info.state, .counted = info.samplesCounted};
    auto known = jobs_.find(info.id);
    if (known == jobs_.end()) {
      append(text, describe(info.id), " new, " + std::string(name(job.state)));
    } else {
      const Job& before = known->second;
      append(text, describe(info.id),
             change(std::string(name(before.state)), std::string(name(job.state))) +
                 change(std::to_string(before.counted), std::to_string(job.counted)));
    }
    jobs.emplace(info.id, job);
  }
  for (const auto& [id, job] : jobs_) {
    if (!jobs.contains(id)) append(text, describe(id), " forgotten");
  }
  std::map<WorkerId, Worker> workers;
  for (const WorkerInfo& info : core.workers(now)) {
    Worker worker{.state = info.state, .leases = info.leases};
    std::string subject = "worker " + describe(info.id);
    auto known = workers_.find(info.id);
    Worker before = known == workers_.end() ? Worker{} : known->second;
    std::string changed = known == workers_.end() ? " new" : "";
    changed += change(std::string(name(before.state)), std::string(name(worker.state)));
    std::string leases = change(std::to_string(before.leases), std::to_string(worker.leases));
    append(text, subject, changed + (leases.empty() ? "" : leases + " leases"));
    workers.emplace(info.id, worker);
  }
  for (const auto& [id, worker] : workers_) {
    if (!workers.contains(id)) append(text, "worker " + describe(id), " gone");
  }
  jobs_ = std::move(jobs);
  workers_ = std::move(workers);
  return text;
}

}  // namespace pi::simulation
