// The state that outlives a scheduler: all of it is read at the start, and each commit writes what
// changed.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/convergence_point.h"
#include "common/model/ids.h"
#include "common/model/job.h"
#include "common/model/job_audit.h"
#include "scheduler/core/fragments.h"

namespace pi::scheduler {

// A finished job that had `from` samples was extended by this request.
struct Extension {
  std::uint64_t from = 0;
  std::string requestId{};
  bool operator==(const Extension&) const = default;
};

// A job without its counted ranges and contributors.
struct JobRecord {
  JobId id{};
  JobUid uid{};
  JobSpec spec;
  JobState state = JobState::kQueued;
  std::uint32_t streamVersion = kStreamVersion;  // The version of its samples.
  std::string reason;                            // Why it failed or was cancelled.
  std::string requestId;                         // The submission's; may be empty.
  std::vector<Extension> extensions{};           // In order.
  std::uint64_t duplicatesDropped = 0;           // In samples.
  WallTime submittedOn{};                        // By the calendar, for display only.
  // Durations from the submission.
  Duration age{};                      // To this record.
  std::optional<Duration> waiting{};   // To its first lease, if it had one.
  Duration elapsed{};                  // To its last tally, or to its last extension.
  Duration idle{};                     // The part of `elapsed` between ends and extensions.
  std::optional<Duration> ageAtEnd{};  // If it is over.
  bool operator==(const JobRecord&) const = default;
};

// A worker that was lent a part of a job.
struct Contributor {
  WorkerId worker{};
  std::string name{}, host{};  // As it says.
  WorkerShare share{};
  bool operator==(const Contributor&) const = default;
};

struct JobChanges {
  JobRecord record;                         // Replaces the last one.
  std::vector<std::uint64_t> erased{};      // First, fragments with these begins are removed.
  std::vector<Fragment> put{};              // Then these are added; the same begin replaces.
  std::vector<Contributor> contributors{};  // New ones; the same worker replaces.
  std::vector<ConvergencePoint> points{};   // New ones; the same number replaces.
  bool operator==(const JobChanges&) const = default;
};

// One batch: all of it is committed, or nothing.
struct Changes {
  std::vector<JobChanges> jobs;
  std::vector<JobId> forgotten;  // Jobs to remove.  No job is in both lists.
  JobId lastJob{};               // The newest number that was given out.
  bool operator==(const Changes&) const = default;
};

struct SavedJob {
  JobRecord record;
  std::vector<Fragment> fragments;  // In order.
  std::vector<Contributor> contributors;
  std::vector<ConvergencePoint> points{};  // By number.
  bool operator==(const SavedJob&) const = default;
};

// Random bytes that each scheduler of a state directory draws at its start.  Two schedulers may
// have one epoch, if the state directory was restored from a copy in between, but not one
// incarnation.
using Incarnation = std::array<std::uint8_t, 16>;

struct Saved {
  std::vector<SavedJob> jobs;  // By id.
  JobId lastJob{};
  // The number of schedulers that had this state before.  Numbers of workers and leases begin with
  // it, so that none is given out twice.
  std::uint64_t epoch = 0;
  // By epoch; the last ones before this scheduler, and its own.
  std::map<std::uint64_t, Incarnation> incarnations{};
};

}  // namespace pi::scheduler
