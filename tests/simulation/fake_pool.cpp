#include "tests/simulation/fake_pool.h"

#include <algorithm>

#include "tests/simulation/oracle.h"

namespace pi::simulation {

void FakePool::compute(const Lease& lease) {
  work_.push_back({.lease = lease,
                   .spanBegin = lease.range.begin,
                   .cursor = lease.range.begin,
                   .busy = Duration::zero()});
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
    std::uint64_t kept = std::min(std::max(end, work->cursor), work->lease.range.end);
    work->lease.range.end = kept;
    hasToldLow_ = false;
    if (work->cursor == kept) {
      finish(*work, finished);
      work_.erase(work);
    }
    return kept;
  }
  return kSamplesEnd;
}

void FakePool::cut(std::vector<LeaseTally>& finished) {
  if (!work_.empty()) finish(work_.front(), finished);
}

void FakePool::finish(Work& work, std::vector<LeaseTally>& finished) {
  SampleRange range{.begin = work.spanBegin, .end = work.cursor};
  if (range.empty()) return;
  samplesComputed_ += range.size();
  finished.push_back({.lease = work.lease.id,
                      .job = work.lease.job,
                      .tally = {.range = range, .hits = oracleHits(work.lease.stream, range)},
                      .busy = work.busy});
  work.spanBegin = work.cursor;
  work.busy = Duration::zero();
}

void FakePool::advance(Duration elapsed, std::vector<LeaseTally>& finished) {
  double left = seconds(elapsed);
  while (left > 0 && !work_.empty()) {
    Work& work = work_.front();
    double speed = static_cast<double>(samplesPerSecond_);
    auto wanted = static_cast<std::uint64_t>(left * speed) + 1;
    std::uint64_t taken = std::min(wanted, work.lease.range.end - work.cursor);
    double used = std::min(left, static_cast<double>(taken) / speed);
    work.cursor += taken;
    work.busy += std::chrono::duration_cast<Duration>(std::chrono::duration<double>(used));
    left -= std::max(used, 1e-9);
    if (work.cursor == work.lease.range.end) {
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
