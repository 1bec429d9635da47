// The table with the points of the convergence of all jobs.
#pragma once

#include <vector>

#include "common/model/ids.h"
#include "common/model/sampler.h"
#include "scheduler/core/changes.h"
#include "scheduler/store/sqlite.h"

namespace pi::scheduler {

// All functions throw StoreError when they fail.
class ConvergenceTable {
 public:
  // The connection must outlive it, and have the table.
  explicit ConvergenceTable(sqlite::Connection& connection) : connection_(connection) {}

  // Replaces the point of the job with the same number, if there is one.
  void write(JobId job, Sampler sampler, const ConvergencePoint& point);
  // Removes all points of the job.
  void forget(JobId job);
  // Gives all jobs their points.  `jobs` are in the order of their numbers.
  void read(std::vector<SavedJob>& jobs);

 private:
  sqlite::Connection& connection_;
  sqlite::Statement put_{connection_, "REPLACE INTO convergence VALUES (?,?,?,?,?,?,?)"};
  sqlite::Statement forget_{connection_, "DELETE FROM convergence WHERE job = ?"};
};

}  // namespace pi::scheduler
