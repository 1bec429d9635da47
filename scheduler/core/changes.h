// What a scheduler's jobs leave behind for the one that comes after it: all of it at the start, and
// what has changed with every commit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/job.h"
#include "scheduler/core/fragments.h"

namespace pi::scheduler {

// A job without its ledger.
struct JobRecord {
  JobId id{};
  JobUid uid{};
  JobSpec spec;
  JobState state = JobState::kQueued;
  std::uint32_t streamVersion = kStreamVersion;  // Of the stream that its samples are from.
  std::string reason;                            // Of a failure or a cancellation.
  std::string requestId;                         // Of the submission; empty if it had none.
  Duration age{};                                // Since the submission, when this was written.
  Duration elapsed{};                            // From the submission to the last tally.
  std::uint64_t duplicatesDropped = 0;           // In samples.
  bool operator==(const JobRecord&) const = default;
};

// A worker that has computed part of a job, with the most threads that it ever had.
struct Contributor {
  WorkerId worker{};
  std::uint32_t threads = 0;
  bool operator==(const Contributor&) const = default;
};

struct JobChanges {
  JobRecord record;                     // Replaces the last one.
  std::vector<std::uint64_t> erased{};  // Begins of fragments that are gone: first these go, ...
  std::vector<Fragment> put{};          // ... then these come, or replace those of the same begin.
  std::vector<Contributor> contributors{};  // New, or with more threads.
  bool operator==(const JobChanges&) const = default;
};

// What is committed together.
struct Changes {
  std::vector<JobChanges> jobs;
  std::vector<JobId> forgotten;  // Of these nothing is kept; a job is never in both lists.
  JobId lastJob{};               // The newest id that was given out.
  bool operator==(const Changes&) const = default;
};

struct SavedJob {
  JobRecord record;
  std::vector<Fragment> fragments;  // In order.
  std::vector<Contributor> contributors;
  bool operator==(const SavedJob&) const = default;
};

struct Saved {
  std::vector<SavedJob> jobs;  // By id.
  JobId lastJob{};
  // How many schedulers had this state before; what they gave out cannot be mistaken for ours.
  std::uint64_t epoch = 0;
};

}  // namespace pi::scheduler
