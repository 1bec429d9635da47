// The jobs: unfinished ones, ended ones, and the requests that they came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/job.h"
#include "scheduler/core/changes.h"
#include "scheduler/core/config.h"
#include "scheduler/core/contributors.h"
#include "scheduler/core/cost.h"
#include "scheduler/core/ended_jobs.h"
#include "scheduler/core/hit_sums.h"
#include "scheduler/core/job_history.h"
#include "scheduler/core/ledger.h"
#include "scheduler/core/rate_meter.h"
#include "scheduler/core/seats.h"
#include "scheduler/core/series_budget.h"

namespace pi::scheduler {

// An extension that is not committed yet.
struct PendingExtension {
  std::uint64_t samples = 0;  // In all.
  std::string requestId{};
  Instant askedAt;
};

struct Job {
  JobId id{};
  JobUid uid{};
  JobSpec spec;
  JobWork work;
  JobState state = JobState::kQueued;
  std::uint32_t streamVersion = kStreamVersion;
  std::string reason{};
  std::string requestId{};
  bool isAccepted = false;   // Its submission is committed.
  bool isAnnounced = false;  // Its end is committed.
  bool isRestored = false;   // An earlier scheduler accepted it.
  std::vector<Extension> extensions{};
  std::optional<PendingExtension> pending{};  // Only a finished job has one.
  // Only LeaseBook changes it; but JobTable::restore() fills it, and takeChanges() notes what is
  // saved.
  Ledger ledger;
  Seats seats;  // Only LeaseBook changes it.
  Contributors contributors{};
  HitSums hitSums{};       // The sums of the tallies that were believed.
  WallTime submittedOn{};  // By the calendar, for display only.
  Instant submittedAt;
  std::optional<Instant> startedAt{};  // When it had its first lease.
  Instant talliedAt;                   // When its last tally was counted, or it was extended.
  Duration idle{};                     // Between ends and extensions.
  std::optional<Instant> endedAt{};
  RateMeter rate;
  std::uint64_t duplicatesDropped = 0;  // In samples.
  JobHistory history;
};

// The law: each job is either unfinished or over; only a finished one has a pending extension; one
// that is over is counted by endsToAnnounce_ until its end is committed, and is in ended_ from then
// on; a request id names one job.
class JobTable {
 public:
  explicit JobTable(const Config& config)
      : config_(config), seriesBudget_(config.history.seriesNumbersMax) {}

  // A new job.  Its number is the next one.
  struct Submission {
    JobSpec spec;
    std::string requestId{};
    JobUid uid{};
    WallTime on{};  // By the calendar.
  };
  Job& add(const Submission& submission, Instant now);
  // A job of an earlier scheduler.  `saved` must be sound, see Scheduler's constructor.
  Job& restore(const SavedJob& saved, Instant now);
  void setLastId(JobId last) { lastId_ = last; }

  // So many samples of the job were counted.
  void noteCounted(Job& job, std::uint64_t samples, Instant now);
  void end(Job& job, JobState state, std::string reason, Instant now);
  void announce(Job& job);  // Its end is committed.
  // Its pending extension is committed: the job is unfinished again, with its new spec.  Its ledger
  // stays as it is.
  void reopen(Job& job, Instant now);
  // Removes a job as if it had never been submitted.
  void withdraw(JobId job);
  // Removes old jobs that are over, beyond the limits of the config; of those that are only too
  // old, some at each call.  A job whose end is not committed stays, and makes no other job old.
  std::vector<JobId> forgetOld(Instant now);

  Job* find(JobId job);
  const Job* find(JobId job) const;
  Job& get(JobId job);  // The job must be in the table.
  const Job& get(JobId job) const;
  Job* ofRequest(const std::string& requestId);

  std::size_t unfinished() const { return jobs_.size() - ended_.size() - endsToAnnounce_; }
  std::size_t endsToAnnounce() const { return endsToAnnounce_; }
  JobId lastId() const { return lastId_; }  // The newest number that was given out.
  const std::map<JobId, Job>& all() const { return jobs_; }

  void checkInvariants() const;

 private:
  void remove(std::map<JobId, Job>::iterator job);

  const Config& config_;
  std::map<JobId, Job> jobs_;
  EndedJobs ended_;
  std::size_t endsToAnnounce_ = 0;
  std::map<std::string, JobId> requests_;
  JobId lastId_{};
  SeriesBudget seriesBudget_;
};

// The job has a lease.
void start(Job& job, Instant now);

// Other things that its users see.
struct Surroundings {
  std::size_t workersNow = 0;
  bool isDiskLate = false;  // Commits fail or take long.
};

// Its state as its users see it: an end that is not committed is not shown.
JobState shownState(const Job& job);

// The job as its users see it.  Takes constant time.  An end that is not committed is not shown.
JobInfo infoOf(const Job& job, const Surroundings& around, Instant now);

// The job as it is to be saved, with what changed since the last call.
JobChanges takeChanges(Job& job, Instant now);

}  // namespace pi::scheduler
