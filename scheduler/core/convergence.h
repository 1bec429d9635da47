// How the counts of one job grew, so that one can see how its estimate converges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/clock.h"
#include "common/model/sampler.h"
#include "scheduler/core/changes.h"
#include "scheduler/core/ledger.h"

namespace pi::scheduler {

// Points at numbers of samples that are spaced logarithmically: at most one in each eighth of an
// octave, so fewer than 500 up to 2^63 samples.  If there are two candidates, the one that is a
// prefix [0, n) of the samples is taken, because the error of a quasi-random sampler is known only
// there.  If the counts are replaced, the next point is marked as corrected, and the points with as
// many samples or more go.  The law: points are in the order of counting; from one to the next the
// samples grow; their number is at most `max`.
class Convergence {
 public:
  // `max` is at least 2.
  Convergence(Sampler sampler, std::size_t max);

  // A tally of the job was counted.  Takes constant time, amortised.
  void note(const Ledger& ledger, Duration elapsed);
  // The job ended: its last point has all that is counted.
  void close(const Ledger& ledger, Duration elapsed);
  // The counts do not follow from the last point.  The series is marked and continues; its mark is
  // the first point with samples.
  void correct(const Ledger& ledger, Duration elapsed);
  // Continues a series that was saved, which may still have the points that a correction removed;
  // for a new one only.  If what is counted does not follow from it, the series is corrected.
  void restore(const std::vector<ConvergencePoint>& saved, const Ledger& ledger, Duration elapsed);

  // Drops about every second point, but not the last one; prefixes stay before others.
  void halve();

  std::size_t size() const { return rows_.size(); }
  ConvergencePoint at(std::size_t index) const;
  std::vector<ConvergencePoint> points() const;
  // The points that are new or replaced since the last call.
  std::vector<ConvergencePoint> takeChanges();
  // The memory that it takes, in numbers of 8 bytes.
  std::size_t numbers() const { return rows_.size() * kRowNumbers + hits_.size(); }

  void checkInvariants() const;

 private:
  // A point without its hits.
  struct Row {
    std::uint64_t samples = 0;
    Duration elapsed{};
    std::uint32_t number = 0;
    bool isPrefix = false;
    bool isCorrected = false;
  };
  static constexpr std::size_t kRowNumbers = sizeof(Row) / sizeof(std::uint64_t);

  void append(const Ledger& ledger, Duration elapsed);
  void replaceLast(const Ledger& ledger, Duration elapsed);
  void push(const ConvergencePoint& point);
  bool isContinuedBy(const Ledger& ledger) const;

  std::size_t strata_;
  std::size_t max_;
  std::vector<Row> rows_;
  std::vector<std::uint64_t> hits_;  // By stratum, for each row.
  std::uint64_t stepEnd_ = 0;        // Tallies with fewer samples are in the last row's step.
  std::uint32_t nextNumber_ = 1;
  std::uint32_t unsavedFrom_ = 1;  // Points with lower numbers are saved.
  bool isNextCorrected_ = false;
  Duration latest_{};  // The time of the last point, also of one that is gone.
};

}  // namespace pi::scheduler
