#include "scheduler/store/convergence_table.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "scheduler/store/job_rows.h"
#include "scheduler/store/settings.h"

namespace pi::scheduler {
namespace {

// The bits of the column `marks`.
constexpr std::uint64_t kPrefix = 1, kCorrected = 2;

}  // namespace

void ConvergenceTable::write(JobId job, Sampler sampler, const ConvergencePoint& point) {
  put_.put(number(job))
      .put(std::uint64_t{point.number})
      .put(point.samples)
      .put(std::bit_cast<std::uint64_t>(std::min(point.elapsed, kAgeMax).count()))
      .put((point.isPrefix ? kPrefix : 0) | (point.isCorrected ? kCorrected : 0))
      .putBlob(bytesOf(point.hits, sampler))
      .putChecksum()
      .run();
}

void ConvergenceTable::forget(JobId job) { forget_.put(number(job)).run(); }

void ConvergenceTable::read(std::vector<SavedJob>& jobs) {
  sqlite::Statement rows(connection_, "SELECT * FROM convergence ORDER BY job, number");
  while (rows.next()) {
    SavedJob& job = jobOfRow(jobs, rows.number(), connection_);
    ConvergencePoint& point = job.points.emplace_back();
    std::uint64_t pointNumber = rows.number();
    point.samples = rows.number();
    point.elapsed = Duration(std::bit_cast<std::int64_t>(rows.number()));
    std::uint64_t marks = rows.number();
    std::string hits = rows.blob();
    rows.verifyChecksum();
    if (pointNumber > std::numeric_limits<std::uint32_t>::max() || marks > kPrefix + kCorrected) {
      connection_.failAsDamaged("a point of a job's convergence is out of range");
    }
    point.number = static_cast<std::uint32_t>(pointNumber);
    point.isPrefix = (marks & kPrefix) != 0;
    point.isCorrected = (marks & kCorrected) != 0;
    point.hits = hitsFrom(hits, job.record.spec.stream.sampler, connection_);
  }
}

}  // namespace pi::scheduler
