#include "tests/simulation/history_check.h"

#include <algorithm>

#include "tests/simulation/judge.h"

namespace pi::simulation {
namespace {

using scheduler::Counted;
using scheduler::JobHistory;

// Samples and hits under the leases that are remembered, by job.
std::map<JobId, Counted> sumsOf(const scheduler::Scheduler& core, Instant now,
                                const std::map<JobId, Sampler>& samplers) {
  std::map<JobId, Counted> sums;
  auto add = [&](const LeaseRecord& record) {
    auto sampler = samplers.find(record.job);
    if (sampler == samplers.end()) return;
    sums[record.job] += scheduler::countedOf(record.tally(), sampler->second);
  };
  const scheduler::LeaseHistory& leases = core.history().leases();
  for (const LeaseRecord& record : leases.endedAfter(0, leases.endedCount())) add(record);
  for (const WorkerInfo& worker : core.workers(now)) {
    for (const LeaseRecord& record : core.history().leasesOf(worker.id)) {
      if (record.outcome == LeaseOutcome::kRunning) add(record);
    }
  }
  return sums;
}

// The points of a job without those that a later correction replaced.
std::vector<ConvergencePoint> withoutReplaced(const std::vector<ConvergencePoint>& saved) {
  std::vector<ConvergencePoint> points;
  for (const ConvergencePoint& next : saved) {
    if (next.isCorrected) {
      std::erase_if(points, [&](const auto& each) { return each.samples >= next.samples; });
    }
    points.push_back(next);
  }
  return points;
}

// Where a point goes because it has no room, the one after it may get its mark.
bool areSameButMark(ConvergencePoint one, const ConvergencePoint& other) {
  one.isCorrected = other.isCorrected;
  return one == other;
}

bool leadsTo(const ConvergencePoint& point, const JobInfo& job) {
  if (point.samples == job.samplesCounted) return point.hits == job.hits;
  bool leads = point.samples < job.samplesCounted;
  for (std::size_t i = 0; i < kStrataMax; ++i) {
    leads = leads && point.hits.strata[i] <= job.hits.strata[i];
  }
  return leads;
}

}  // namespace

HistoryCheck::HistoryCheck(const scheduler::Config& config) {
  const scheduler::HistoryLimits usual;
  isWhole_ = config.history.convergencePointsMax == usual.convergencePointsMax &&
             config.history.seriesNumbersMax == usual.seriesNumbersMax;
}

std::string HistoryCheck::check(const scheduler::Scheduler& core, Instant now) const {
  std::vector<JobInfo> jobs = core.jobs(now);
  std::map<JobId, Sampler> samplers;
  for (const JobInfo& job : jobs) samplers[job.id] = job.spec.stream.sampler;
  std::map<JobId, Counted> sums = sumsOf(core, now, samplers);
  for (const JobInfo& job : jobs) {
    std::string wrong = checkJob(job, core, sums[job.id]);
    if (!wrong.empty()) return wrong;
  }
  for (const WorkerInfo& worker : core.workers(now)) {
    const WorkerTrack* track = core.history().workers().find(worker.id);
    bool isTrue = track != nullptr && !track->gone && track->periods.back().state == worker.state;
    if (!isTrue) return "the history has another state of a worker";
    auto running = std::ranges::count(core.history().leasesOf(worker.id), LeaseOutcome::kRunning,
                                      &LeaseRecord::outcome);
    if (static_cast<std::uint64_t>(running) != worker.leases) {
      return "the history has other leases of a worker";
    }
  }
  return "";
}

std::string HistoryCheck::checkJob(const JobInfo& job, const scheduler::Scheduler& core,
                                   const Counted& inRecords) const {
  const JobHistory* history = core.history().job(job.id);
  if (history == nullptr) return "a job has no history";
  Counted all = inRecords;
  all += history->restored;
  all += history->evicted;
  if (all.samples != job.stratumSamples || all.hits != job.hits) {
    return "the leases in the history do not add up to what is counted";
  }
  std::uint64_t restored = 0;
  for (std::uint64_t samples : history->restored.samples) restored += samples;
  if (restored + history->throughput.total() != job.samplesCounted) {
    return "the throughput does not add up to what is counted";
  }
  std::size_t size = history->convergence.size();
  if ((size > 0) != (job.samplesCounted > 0)) return "a job has no points, or too many";
  if (size == 0) return "";
  ConvergencePoint last = history->convergence.at(size - 1);
  if (last.samples > job.samplesCounted) return "a point has more samples than are counted";
  if (last.isCorrected && !spoiled_.contains(job.id)) {
    return "a point is corrected, and nothing was taken back";
  }
  return "";
}

void HistoryCheck::checkEnd(const JobInfo& ended, const scheduler::Scheduler& core, Instant now,
                            Judge& judge) {
  const JobHistory* history = core.history().job(ended.id);
  if (history == nullptr) {  // It may be forgotten with the same event.
    if (core.job(ended.id, now)) judge.fail("a job that ended has no history");
    return;
  }
  std::vector<ConvergencePoint> points = history->convergence.points();
  if (points.empty()) {
    if (ended.samplesCounted > 0) judge.fail("a job that ended has no points");
    return;
  }
  const ConvergencePoint& last = points.back();
  bool isEnd = last.samples == ended.samplesCounted && last.hits == ended.hits;
  if (!isEnd) judge.fail("a job's last point is not its end");
  if (ended.state == JobState::kFinished && !last.isPrefix) {
    judge.fail("a finished job's last point is not a prefix");
  }
  for (const ConvergencePoint& point : points) {
    if (point.isPrefix) judge.checkPrefix(ended, point.samples, point.hits);
  }
  ends_[ended.id] = last;
}

std::string HistoryCheck::checkPoints(const scheduler::SavedJob& saved,
                                      const scheduler::Scheduler& core, Instant now) const {
  const JobHistory* history = core.history().job(saved.record.id);
  if (history == nullptr) return "a job that was saved has no history";
  std::vector<ConvergencePoint> points = history->convergence.points();
  std::vector<ConvergencePoint> right = withoutReplaced(saved.points);
  std::optional<JobInfo> job = core.job(saved.record.id, now);
  bool isSpoiled = spoiled_.contains(saved.record.id) && job && !right.empty();
  if (isSpoiled && !leadsTo(right.back(), *job)) {
    std::uint64_t counted = job->samplesCounted;
    std::erase_if(right, [&](const ConvergencePoint& point) { return point.samples >= counted; });
    if (counted > 0) {
      if (points.empty() || !points.back().isCorrected || points.back().samples != counted ||
          points.back().hits != job->hits) {
        return "points that do not lead to what is counted have no correction";
      }
      right.push_back(points.back());
    }
  }
  if (isWhole_ && points != right) return "a scheduler starts with other points than saved";
  for (const ConvergencePoint& point : points) {
    bool isRight = std::ranges::any_of(
        right, [&point](const auto& each) { return areSameButMark(each, point); });
    if (!isRight) return "a scheduler starts with a point that was not saved";
  }
  return "";
}

std::string HistoryCheck::checkStart(const scheduler::Saved& saved, const std::set<JobId>& spoiled,
                                     const scheduler::Scheduler& core, Instant now) {
  spoiled_ = spoiled;
  for (const scheduler::SavedJob& job : saved.jobs) {
    std::string wrong = checkPoints(job, core, now);
    if (!wrong.empty()) return wrong;
  }
  for (const auto& [id, last] : ends_) {
    std::optional<JobInfo> job = core.job(id, now);
    bool isSame = job && isOver(job->state) && job->samplesCounted == last.samples;
    if (!isSame) continue;  // It is forgotten, or was extended.
    const scheduler::Convergence& series = core.history().job(id)->convergence;
    bool isKept = series.size() > 0 && areSameButMark(series.at(series.size() - 1), last);
    if (!isKept || (isWhole_ && series.at(series.size() - 1) != last)) {
      return "the points of a job that ended are lost";
    }
  }
  return "";
}

}  // namespace pi::simulation
