#include "scheduler/core/convergence.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {
namespace {

// Where the step of `samples` ends, at most at 2^63.  There are eight steps in each octave, by the
// three bits after the first one, and one for each number below 8.
std::uint64_t endOfStep(std::uint64_t samples) {
  if (samples < 8) return samples + 1;
  auto shift = static_cast<int>(std::bit_width(samples)) - 4;
  return ((samples >> shift) + 1) << shift;
}

bool isPrefix(const Ledger& ledger) {
  return ledger.counted().end() == ledger.progress().samples();
}

}  // namespace

Convergence::Convergence(Sampler sampler, std::size_t max)
    : strata_(strataCount(sampler)), max_(max) {
  PI_CHECK(max >= 2);
}

void Convergence::note(const Ledger& ledger, Duration elapsed) {
  std::uint64_t samples = ledger.progress().samples();
  if (samples >= stepEnd_) return append(ledger, elapsed);
  const Row& last = rows_.back();
  if (samples < last.samples) return correct(ledger, elapsed);
  if (!last.isPrefix && isPrefix(ledger)) replaceLast(ledger, elapsed);
}

void Convergence::close(const Ledger& ledger, Duration elapsed) {
  std::uint64_t samples = ledger.progress().samples();
  if (samples == 0) return;
  if (rows_.empty()) return append(ledger, elapsed);
  const Row& last = rows_.back();
  if (samples == last.samples) return;
  bool isSameStep = samples < stepEnd_;
  if (isSameStep && (isPrefix(ledger) || !last.isPrefix)) return replaceLast(ledger, elapsed);
  append(ledger, elapsed);
}

void Convergence::correct(const Ledger& ledger, Duration elapsed) {
  isNextCorrected_ = true;
  if (ledger.progress().samples() > 0) return append(ledger, elapsed);
  rows_.clear();
  hits_.clear();
  stepEnd_ = 0;
}

void Convergence::restore(const std::vector<ConvergencePoint>& saved, const Ledger& ledger,
                          Duration elapsed) {
  PI_CHECK(rows_.empty());
  for (const ConvergencePoint& point : saved) {
    if (rows_.size() == max_) halve();
    push(point);
  }
  if (!saved.empty()) unsavedFrom_ = nextNumber_ = saved.back().number + 1;
  if (!rows_.empty()) {
    if (!isContinuedBy(ledger)) correct(ledger, elapsed);
  } else if (ledger.progress().samples() > 0) {
    append(ledger, elapsed);  // An older release has not saved a series.
  }
}

bool Convergence::isContinuedBy(const Ledger& ledger) const {
  const Progress& now = ledger.progress();
  ConvergencePoint last = at(rows_.size() - 1);
  if (last.samples >= now.samples()) {
    return last.samples == now.samples() && last.hits == now.hits();
  }
  for (std::size_t i = 0; i < kStrataMax; ++i) {
    if (last.hits.strata[i] > now.hits().strata[i]) return false;
  }
  return true;
}

void Convergence::append(const Ledger& ledger, Duration elapsed) {
  if (rows_.size() == max_) halve();
  elapsed = std::max(elapsed, latest_);
  push({.number = nextNumber_++,
        .samples = ledger.progress().samples(),
        .hits = ledger.progress().hits(),
        .elapsed = elapsed,
        .isPrefix = isPrefix(ledger),
        .isCorrected = std::exchange(isNextCorrected_, false)});
}

void Convergence::replaceLast(const Ledger& ledger, Duration elapsed) {
  Row last = rows_.back();
  rows_.pop_back();
  hits_.resize(hits_.size() - strata_);
  push({.number = last.number,
        .samples = ledger.progress().samples(),
        .hits = ledger.progress().hits(),
        .elapsed = std::max(elapsed, last.elapsed),
        .isPrefix = isPrefix(ledger),
        .isCorrected = last.isCorrected});
  unsavedFrom_ = std::min(unsavedFrom_, last.number);
}

// After a correction, points with as many samples or more tell of counts that do not hold.
void Convergence::push(const ConvergencePoint& point) {
  while (point.isCorrected && !rows_.empty() && rows_.back().samples >= point.samples) {
    rows_.pop_back();
    hits_.resize(hits_.size() - strata_);
  }
  latest_ = point.elapsed;
  stepEnd_ = endOfStep(point.samples);
  rows_.push_back({.samples = point.samples,
                   .elapsed = point.elapsed,
                   .number = point.number,
                   .isPrefix = point.isPrefix,
                   .isCorrected = point.isCorrected});
  const auto& strata = point.hits.strata;
  hits_.insert(hits_.end(), strata.begin(), strata.begin() + static_cast<std::ptrdiff_t>(strata_));
}

// A point with the mark of a correction stays, unless it is paired with the last one, which then
// gets the mark.
void Convergence::halve() {
  std::vector<ConvergencePoint> all = points();
  rows_.clear();
  hits_.clear();
  auto isBetter = [](const ConvergencePoint& one, const ConvergencePoint& other) {
    if (one.isCorrected != other.isCorrected) return one.isCorrected;
    return one.isPrefix && !other.isPrefix;
  };
  for (std::size_t i = 0; i < all.size(); i += 2) {
    bool isAlone = i + 1 == all.size(), isLastPair = i + 2 >= all.size();
    bool staysFirst = isAlone || (!isLastPair && isBetter(all[i], all[i + 1]));
    ConvergencePoint kept = staysFirst ? all[i] : all[i + 1];
    kept.isCorrected = kept.isCorrected || all[i].isCorrected;
    push(kept);
  }
  rows_.shrink_to_fit();
  hits_.shrink_to_fit();
}

ConvergencePoint Convergence::at(std::size_t index) const {
  const Row& row = rows_.at(index);
  ConvergencePoint point{.number = row.number,
                         .samples = row.samples,
                         .elapsed = row.elapsed,
                         .isPrefix = row.isPrefix,
                         .isCorrected = row.isCorrected};
  std::copy_n(hits_.begin() + static_cast<std::ptrdiff_t>(index * strata_), strata_,
              point.hits.strata.begin());
  return point;
}

std::vector<ConvergencePoint> Convergence::points() const {
  std::vector<ConvergencePoint> points;
  points.reserve(rows_.size());
  for (std::size_t i = 0; i < rows_.size(); ++i) points.push_back(at(i));
  return points;
}

std::vector<ConvergencePoint> Convergence::takeChanges() {
  std::vector<ConvergencePoint> changes;
  std::size_t first = rows_.size();
  while (first > 0 && rows_[first - 1].number >= unsavedFrom_) --first;
  for (std::size_t i = first; i < rows_.size(); ++i) changes.push_back(at(i));
  unsavedFrom_ = nextNumber_;
  return changes;
}

void Convergence::checkInvariants() const {
  PI_CHECK(rows_.size() <= max_);
  PI_CHECK(hits_.size() == rows_.size() * strata_);
  PI_CHECK(unsavedFrom_ <= nextNumber_);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    PI_CHECK(row.number < nextNumber_);
    PI_CHECK(at(i).hits.total() <= row.samples);
    if (i == 0) continue;
    PI_CHECK(row.number > rows_[i - 1].number);
    PI_CHECK(row.elapsed >= rows_[i - 1].elapsed);
    PI_CHECK(row.samples > rows_[i - 1].samples);
  }
  PI_CHECK(stepEnd_ == (rows_.empty() ? 0 : endOfStep(rows_.back().samples)));
}

}  // namespace pi::scheduler
