#include "tests/simulation/fake_pool.h"

#include <algorithm>

#include "tests/simulation/oracle.h"

namespace pi::simulation {
namespace {

// How many samples of a job that is counted by nets to begin: the rest of the present block, or all
// the whole blocks that are done within this cost.
std::uint64_t netSamples(const scheduler::JobWork& shape, std::uint64_t cursor, double costMax) {
  std::uint64_t block = shape.block().samples;
  if (cursor % block > 0) return block - cursor % block;
  auto cost = static_cast<double>(shape.costOf({.begin = 0, .end = block}));
  std::uint64_t most = kSamplesEnd / 2 / block;
  double blocks = std::clamp(costMax / cost, 1.0, static_cast<double>(most));
  return block * static_cast<std::uint64_t>(blocks);
}

}  // namespace

void FakePool::compute(const Lease& lease) {
  // A job of so many samples has the block of the lease.
  JobSpec spec{.stream = lease.stream, .samples = lease.blockSamples * rule_.netBlocksMin};
  work_.push_back({.lease = lease,
                   .shape = scheduler::JobWork(spec, rule_),
                   .spanBegin = lease.range.begin,
                   .done = lease.range.begin,
                   .cursor = lease.range.begin});
  hasToldLow_ = false;
}

void FakePool::drop(LeaseId lease) {
  std::erase_if(work_, [lease](const Work& work) { return work.lease.id == lease; });
  hasToldLow_ = false;
}

std::uint64_t FakePool::truncate(LeaseId lease, std::uint64_t end,
                                 std::vector<LeaseTally>& finished) {
  for (auto work = work_.begin(); work != work_.end(); ++work) {
    if (work->lease.id != lease) continue;
    if (end == 0) abandon(*work);
    std::uint64_t kept = std::min(std::max(end, work->cursor), work->lease.range.end);
    work->lease.range.end = kept;
    hasToldLow_ = false;
    if (work->done == kept) {
      finish(*work, finished);
      work_.erase(work);
    }
    return kept;
  }
  return kSamplesEnd;
}

// Forgets what is begun and not done.
void FakePool::abandon(Work& work) {
  work.cursor = work.done;
  work.secondsLeft = 0;
}

void FakePool::beginAgain() {
  for (Work& work : work_) abandon(work);
}

void FakePool::cut(std::vector<LeaseTally>& finished) {
  if (!work_.empty()) finish(work_.front(), finished);
}

void FakePool::finish(Work& work, std::vector<LeaseTally>& finished) {
  SampleRange range{.begin = work.spanBegin, .end = work.done};
  if (range.empty()) return;
  samplesComputed_ += range.size();
  costComputed_ += work.shape.costOf(range);
  finished.push_back({.lease = work.lease.id,
                      .job = work.lease.job,
                      .tally = {.range = range, .hits = oracleHits(work.lease.stream, range)},
                      .busy = work.busy});
  work.spanBegin = work.done;
  work.busy = Duration::zero();
}

// How much faster or slower the worker is with this kind of work.
double FakePool::factorOf(scheduler::WorkKind kind) const {
  switch (kind) {
    case scheduler::WorkKind::kRandom:
      return 1;
    case scheduler::WorkKind::kSobol:
      return sobolFactor_;
  }
  return 1;
}

// The part of the speed that the lease's threads have.
double FakePool::partOf(const Lease& lease) const {
  return lease.threads == 0 ? 1 : static_cast<double>(std::min(lease.threads, threads_)) / threads_;
}

// Begins the next block, or as many samples without nets as take that long.
void FakePool::begin(Work& work, double secondsMax) {
  double speed =
      static_cast<double>(samplesPerSecond_) * factorOf(work.shape.kind()) * partOf(work.lease);
  auto wanted = static_cast<std::uint64_t>(secondsMax * speed) + 1;
  if (work.shape.block().isNet()) wanted = netSamples(work.shape, work.cursor, secondsMax * speed);
  SampleRange next{.begin = work.cursor, .end = work.lease.range.end};
  next.end = next.begin + std::min(wanted, next.size());
  work.cursor = next.end;
  work.secondsLeft = static_cast<double>(work.shape.costOf(next)) / speed;
}

void FakePool::advance(Duration elapsed, std::vector<LeaseTally>& finished) {
  double left = seconds(elapsed);
  while (left > 0 && !work_.empty()) {
    Work& work = work_.front();
    if (work.done == work.cursor) begin(work, left);
    double used = std::min(left, work.secondsLeft);
    work.secondsLeft -= used;
    work.busy += std::chrono::duration_cast<Duration>(std::chrono::duration<double>(used));
    left -= std::max(used, 1e-9);
    if (work.secondsLeft > 0 && work.shape.block().isNet()) return;
    work.done = work.cursor;
    if (work.done == work.lease.range.end) {
      finish(work, finished);
      work_.pop_front();
    }
  }
}

std::uint64_t FakePool::samplesOpen() const {
  std::uint64_t open = 0;
  for (const Work& work : work_) open += work.lease.range.end - work.cursor;
  return open;
}

bool FakePool::takeRunningLow() {
  if (hasToldLow_ || samplesOpen() >= std::max<std::uint64_t>(lowWater_, 1)) return false;
  hasToldLow_ = true;
  return true;
}

}  // namespace pi::simulation
