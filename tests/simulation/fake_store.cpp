#include "tests/simulation/fake_store.h"

#include <utility>
#include <vector>

#include "common/base/check.h"

namespace pi::simulation {

void FakeStore::apply(const scheduler::Changes& changes, Instant now) {
  for (const scheduler::JobChanges& changed : changes.jobs) {
    Job& job = jobs_[changed.record.id];
    job.record = changed.record;
    job.submittedAt = now - changed.record.age;
    for (std::uint64_t begin : changed.erased) PI_CHECK(job.fragments.erase(begin) <= 1);
    for (const scheduler::Fragment& fragment : changed.put) {
      job.fragments[fragment.tally.range.begin] = fragment;
    }
    for (const scheduler::Contributor& contributor : changed.contributors) {
      job.contributors[contributor.worker] = contributor;
    }
    for (const ConvergencePoint& point : changed.points) {
      job.points[point.number] = point;
    }
  }
  for (JobId job : changes.forgotten) jobs_.erase(job);
  lastJob_ = changes.lastJob;
}

scheduler::Saved FakeStore::open(Instant now, const scheduler::Incarnation& own) {
  incarnations_[opened_] = own;
  scheduler::Saved saved{
      .jobs = {}, .lastJob = lastJob_, .epoch = opened_++, .incarnations = incarnations_};
  for (const auto& [id, job] : jobs_) {
    scheduler::SavedJob kept{.record = job.record, .fragments = {}, .contributors = {}};
    kept.record.age = now - job.submittedAt;
    for (const auto& [begin, fragment] : job.fragments) kept.fragments.push_back(fragment);
    for (const auto& [worker, contributor] : job.contributors) {
      kept.contributors.push_back(contributor);
    }
    for (const auto& [number, point] : job.points) kept.points.push_back(point);
    saved.jobs.push_back(std::move(kept));
  }
  return saved;
}

void FakeStore::spoilPoints(Random& random) {
  std::vector<Job*> open;
  for (auto& [id, job] : jobs_) {
    if (!isOver(job.record.state)) open.push_back(&job);
  }
  if (open.empty()) return;
  Job& job = *open[random.below(open.size())];
  ConvergencePoint point;
  if (!job.points.empty()) point = job.points.rbegin()->second;
  ++point.number;
  point.samples += 1 + random.below(2 * point.samples + 1);
  std::uint64_t room = point.samples - point.hits.total();
  point.hits.strata[0] += random.below(room + 1);
  point.isPrefix = point.isCorrected = false;
  job.points[point.number] = point;
  job.isSpoiled = true;
}

std::set<JobId> FakeStore::spoiled() const {
  std::set<JobId> jobs;
  for (const auto& [id, job] : jobs_) {
    if (job.isSpoiled) jobs.insert(id);
  }
  return jobs;
}

}  // namespace pi::simulation
