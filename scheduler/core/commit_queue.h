// The changes to commit, and the promises that may be kept only after that.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"

namespace pi::scheduler {

// Changes gather for a period, or for less if a peer waits for them, and are committed together.
// While one batch is under way, the next one gathers.  The law: a promise is returned by finish()
// once, after the batch that has its changes.
class CommitQueue {
 public:
  explicit CommitQueue(Duration period) : period_(period) {}

  struct Accepted {
    SubmissionId submission{};
    JobId job{};
  };
  // Messages to send once a batch is committed.
  struct Promises {
    std::vector<Accepted> accepted;
    std::vector<Accepted> extended;
    std::vector<JobId> ended;
    std::vector<WorkerId> released;
    std::map<WorkerId, std::uint64_t> heard;  // The last of each worker's tallies.
    bool isEmpty() const {
      return accepted.empty() && extended.empty() && ended.empty() && released.empty() &&
             heard.empty();
    }
  };

  void change(JobId job, Instant now);
  void forget(JobId job, Instant now);
  void hear(WorkerId worker, std::uint64_t sequence, Instant now);

  // A peer waits for the commit of what has changed.
  void accept(Accepted accepted, Instant now);
  void extend(Accepted extended, Instant now);
  void end(JobId job, Instant now);
  void release(WorkerId worker, Instant now);
  void hurry(Instant now);

  // When the next batch is to be committed; nothing if there is none, or one is under way.
  std::optional<Instant> dueAt() const { return isUnderway_ ? std::nullopt : gatherUntil_; }

  struct Batch {
    std::set<JobId> changed;
    std::set<JobId> forgotten;
  };
  Batch begin(Instant now);
  Promises finish();

  // A batch fails, or takes so long that people should know why nothing continues.
  bool isLate(Instant now) const;

  // The batch under way cannot be committed yet, for this reason; it is tried again.
  void fail(std::string reason) { failure_ = std::move(reason); }
  // Why nothing can be committed now; nullopt if it can.
  const std::optional<std::string>& failure() const { return failure_; }
  // The submissions and extensions that are not committed, which are not to be accepted any longer.
  std::vector<Accepted> takeAccepted();
  std::vector<Accepted> takeExtended();

  void checkInvariants() const;

  bool isUnderway() const { return isUnderway_; }
  bool isClean() const { return !isUnderway_ && !gatherUntil_; }  // Everything is committed.

 private:
  void gather(Instant now);

  Duration period_;
  Batch batch_;
  Promises gathering_;
  Promises underway_;
  bool isUnderway_ = false;
  Instant begunAt_{};  // When the batch under way, or the last one, began.
  std::optional<std::string> failure_;
  std::optional<Instant> gatherUntil_;  // None while nothing has changed.
};

}  // namespace pi::scheduler
