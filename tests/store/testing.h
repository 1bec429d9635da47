// Helpers of the store's tests: a temporary folder, and batches as a scheduler commits them.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/core/changes.h"
#include "scheduler/store/clock_reading.h"
#include "tests/temporary_folder.h"

namespace pi::scheduler::testing {

class StoreFolder : public TemporaryFolder {
 public:
  StoreFolder() { ::umask(S_IRWXG | S_IRWXO); }  // A store that others could read is refused.
  std::filesystem::path file() const { return path() / "jobs.sqlite"; }
  void empty() const;
};

std::string contentOf(const std::filesystem::path& path);

// On a machine whose last start is not known, so that only the calendar tells the time.
inline const ClockReading kNow{.calendar = WallTime(std::chrono::hours(24 * 365 * 56))};
ClockReading onCalendar(Duration afterNow);

// A simple model of the store: the tests compare the store's contents with it.
class StoreModel {
 public:
  void apply(const Changes& changes);
  Saved saved() const;  // With ages as written.

 private:
  struct Job {
    JobRecord record;
    std::map<std::uint64_t, Fragment> fragments;
    std::map<WorkerId, Contributor> contributors;
    std::map<std::uint32_t, ConvergencePoint> points;
  };
  std::map<JobId, Job> jobs_;
  JobId lastJob_{};
};

// Draws batches as a scheduler could commit them, from a seed: jobs are submitted, computed piece
// by piece by a few workers, finished or cancelled, and forgotten.
class BatchGenerator {
 public:
  explicit BatchGenerator(std::uint64_t seed, std::uint64_t piecesPerJob = 12)
      : random_(seed), pointRandom_(seed), piecesPerJob_(piecesPerJob) {}
  Changes nextBatch();

 private:
  struct Job {
    JobRecord record;
    std::vector<std::uint64_t> workerOfPiece;  // 0 if the piece is not counted.
    ConvergencePoint lastPoint{};
  };
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  void submit();
  JobChanges compute(Job& job, std::uint64_t pieces);
  void addPoint(Job& job, JobChanges& changes);
  std::map<std::uint64_t, Fragment> fragmentsOf(const Job& job) const;

  std::mt19937_64 random_;
  std::mt19937_64 pointRandom_;  // A second one, so that points do not change what else is drawn.
  std::uint64_t piecesPerJob_;
  std::map<JobId, Job> jobs_;
  JobId lastJob_{};
};

// Compares the jobs without their ages, and the last job.
bool isSame(Saved a, Saved b);

}  // namespace pi::scheduler::testing
