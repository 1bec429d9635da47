#include "scheduler/core/series_budget.h"

#include <algorithm>

#include "common/base/check.h"
#include "scheduler/core/job_table.h"

namespace pi::scheduler {
namespace {

std::size_t numbersOf(const std::map<JobId, Job>& jobs) {
  std::size_t numbers = 0;
  for (const auto& [id, job] : jobs) numbers += job.history.numbers();
  return numbers;
}

}  // namespace

void SeriesBudget::spend(std::size_t numbers, std::map<JobId, Job>& jobs) {
  if (numbers <= left_) {
    left_ -= numbers;
    return;
  }
  std::size_t all = numbersOf(jobs);
  if (all > max_ / 4 * 3) {
    for (auto& [id, job] : jobs) {
      job.history.convergence.halve();
      if (job.history.throughput.parts().size() > 1) job.history.throughput.halve();
    }
    all = numbersOf(jobs);
  }
  left_ = max_ - std::min(max_, all);
}

void SeriesBudget::checkInvariants(const std::map<JobId, Job>& jobs) const {
  PI_CHECK(left_ == 0 || numbersOf(jobs) + left_ <= max_);
  for (const auto& [id, job] : jobs) {
    job.history.convergence.checkInvariants();
    job.history.throughput.checkInvariants();
  }
}

}  // namespace pi::scheduler
