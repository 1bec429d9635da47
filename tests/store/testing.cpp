#include "tests/store/testing.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace pi::scheduler::testing {
namespace {

constexpr std::uint64_t kPiece = 1000;  // Samples.

}  // namespace

void StoreFolder::empty() const {
  for (const auto& entry : std::filesystem::directory_iterator(path())) {
    std::filesystem::remove_all(entry.path());
  }
}

ClockReading onCalendar(Duration afterNow) { return {.calendar = kNow.calendar + afterNow}; }

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void StoreModel::apply(const Changes& changes) {
  for (const JobChanges& change : changes.jobs) {
    Job& job = jobs_[change.record.id];
    job.record = change.record;
    for (std::uint64_t begin : change.erased) job.fragments.erase(begin);
    for (const Fragment& fragment : change.put) {
      job.fragments[fragment.tally.range.begin] = fragment;
    }
    for (Contributor contributor : change.contributors) {
      job.contributors[contributor.worker] = contributor;
    }
    for (const ConvergencePoint& point : change.points) job.points[point.number] = point;
  }
  for (JobId job : changes.forgotten) jobs_.erase(job);
  lastJob_ = changes.lastJob;
}

Saved StoreModel::saved() const {
  Saved saved{.jobs = {}, .lastJob = lastJob_};
  for (const auto& [id, job] : jobs_) {
    SavedJob& to = saved.jobs.emplace_back(SavedJob{job.record, {}, {}, {}});
    for (const auto& [begin, fragment] : job.fragments) to.fragments.push_back(fragment);
    for (const auto& [worker, contributor] : job.contributors) {
      to.contributors.push_back(contributor);
    }
    for (const auto& [pointNumber, point] : job.points) to.points.push_back(point);
  }
  return saved;
}

void BatchGenerator::submit() {
  lastJob_ = JobId{number(lastJob_) + 1};
  Job job{.record = {.id = lastJob_, .spec = {}, .reason = "", .requestId = ""},
          .workerOfPiece = std::vector<std::uint64_t>(piecesPerJob_)};
  job.record.spec = {.stream = {.seed = random_(), .sampler = kSamplers[below(kSamplers.size())]},
                     .samples = piecesPerJob_ * kPiece,
                     .chunkSize = kPiece / 2,
                     .priority = static_cast<std::int32_t>(random_()),
                     .submitter = "user" + std::to_string(below(3)) + "@login1",
                     .name = std::string(below(3), 'n')};
  if (number(lastJob_) % 3 == 0) job.record.spec.threadsMax = std::uint32_t(number(lastJob_));
  job.record.submittedOn = kNow.calendar;
  for (std::size_t i = 0; i < 8; ++i) {
    job.record.uid.bytes[i] = static_cast<std::uint8_t>(number(lastJob_) >> 8 * i);
    job.record.uid.bytes[8 + i] = static_cast<std::uint8_t>(job.record.spec.stream.seed >> 8 * i);
  }
  job.record.streamVersion = 1 + static_cast<std::uint32_t>(number(lastJob_) % 2);
  for (char& byte : job.record.requestId = std::string(below(20), ' ')) byte = char(random_());
  jobs_.emplace(lastJob_, std::move(job));
}

std::map<std::uint64_t, Fragment> BatchGenerator::fragmentsOf(const Job& job) const {
  std::map<std::uint64_t, Fragment> fragments;
  Fragment* last = nullptr;
  for (std::uint64_t i = 0; i < job.workerOfPiece.size(); ++i) {
    WorkerId worker{job.workerOfPiece[i]};
    if (worker == WorkerId{}) continue;
    SampleRange range{.begin = i * kPiece, .end = (i + 1) * kPiece};
    Hits hits;
    std::size_t strata = strataCount(job.record.spec.stream.sampler);
    for (std::size_t s = 0; s < strata; ++s) hits.strata[s] = (i * 7 + s) % (kPiece / strata);
    if (last != nullptr && last->tally.range.end == range.begin && last->contributor == worker) {
      last->tally.range.end = range.end;
      last->tally.hits += hits;
    } else {
      last = &(fragments[range.begin] = {.tally = {range, hits}, .contributor = worker});
    }
  }
  return fragments;
}

JobChanges BatchGenerator::compute(Job& job, std::uint64_t pieces) {
  std::map<std::uint64_t, Fragment> before = fragmentsOf(job);
  JobChanges changes;
  for (std::uint64_t i = 0; i < pieces; ++i) {
    std::uint64_t worker = 1 + below(3);
    std::uint64_t& piece = job.workerOfPiece[below(job.workerOfPiece.size())];
    if (piece == 0) piece = worker;
    changes.contributors.push_back(
        {.worker = WorkerId{worker}, .share = {.threads = 1 + std::uint32_t(below(64))}});
  }
  std::map<std::uint64_t, Fragment> after = fragmentsOf(job);
  for (const auto& [begin, fragment] : before) {
    if (!after.contains(begin)) changes.erased.push_back(begin);
  }
  for (const auto& [begin, fragment] : after) {
    auto old = before.find(begin);
    if (old == before.end() || old->second != fragment) changes.put.push_back(fragment);
  }
  bool isComplete = std::ranges::count(job.workerOfPiece, std::uint64_t{0}) == 0;
  job.record.state = isComplete ? JobState::kFinished : JobState::kRunning;
  if (!isComplete && below(20) == 0) {
    job.record.state = JobState::kCancelled;
    job.record.reason = "cancelled by a client";
  }
  job.record.age += std::chrono::milliseconds(100);
  job.record.elapsed = job.record.age;
  if (!job.record.waiting) job.record.waiting = job.record.age;
  if (isOver(job.record.state)) job.record.ageAtEnd = job.record.age;
  job.record.duplicatesDropped += below(2) * kPiece;
  addPoint(job, changes);
  changes.record = job.record;
  return changes;
}

// A new point, or one that replaces the last one.
void BatchGenerator::addPoint(Job& job, JobChanges& changes) {
  auto below = [this](std::uint64_t end) { return pointRandom_() % end; };
  ConvergencePoint& point = job.lastPoint;
  auto open = std::ranges::count(job.workerOfPiece, std::uint64_t{0});
  std::uint64_t samples = (job.workerOfPiece.size() - static_cast<std::size_t>(open)) * kPiece;
  if (samples <= point.samples) return;
  if (point.number == 0 || below(3) > 0) ++point.number;
  point.samples = samples;
  std::size_t strata = strataCount(job.record.spec.stream.sampler);
  for (std::size_t s = 0; s < strata; ++s) point.hits.strata[s] = below(samples / strata);
  point.elapsed = job.record.elapsed;
  point.isPrefix = below(2) == 0;
  point.isCorrected = below(4) == 0;
  changes.points.push_back(point);
}

Changes BatchGenerator::nextBatch() {
  Changes changes;
  if (jobs_.size() < 2 || below(4) == 0) submit();
  for (auto next = jobs_.begin(); next != jobs_.end();) {
    auto& [id, job] = *next;
    if (!isOver(job.record.state)) {
      changes.jobs.push_back(compute(job, 1 + below(piecesPerJob_)));
    } else if (below(3) == 0) {
      changes.forgotten.push_back(id);
      next = jobs_.erase(next);
      continue;
    }
    ++next;
  }
  changes.lastJob = lastJob_;
  return changes;
}

bool isSame(Saved a, Saved b) {
  for (Saved* saved : {&a, &b}) {
    for (SavedJob& job : saved->jobs) job.record.age = {};
  }
  return a.jobs == b.jobs && a.lastJob == b.lastJob;
}

}  // namespace pi::scheduler::testing
