// What is to be committed, and who waits for that.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"

namespace pi::scheduler {

// Changes gather for a period, or less if somebody waits for them, and are committed together;
// while one batch is under way the next one gathers.
class Journal {
 public:
  explicit Journal(Duration period) : period_(period) {}

  // What became true with a batch, and is said once that is committed.
  struct Accepted {
    SubmissionId submission{};
    JobId job{};
  };
  struct Promises {
    std::vector<Accepted> accepted;
    std::vector<JobId> ended;
    std::vector<WorkerId> released;
    std::map<WorkerId, std::uint64_t> heard;  // Up to which of its tallies.
  };

  void change(JobId job, Instant now);
  void forget(JobId job, Instant now);
  void hear(WorkerId worker, std::uint64_t sequence, Instant now);

  // Somebody waits for the commit of what has changed.
  void accept(Accepted accepted, Instant now);
  void end(JobId job, Instant now);
  void release(WorkerId worker, Instant now);
  void hurry(Instant now);

  // When the next batch is to be committed; nothing while there is none, or one is under way.
  std::optional<Instant> dueAt() const;

  struct Batch {
    std::set<JobId> changed;
    std::set<JobId> forgotten;
  };
  Batch begin();
  Promises finish();

  // The submissions of all that is not committed, which nobody is to be promised any more.
  std::vector<Accepted> takeAccepted();

  bool isUnderway() const { return isUnderway_; }
  bool isClean() const { return !isUnderway_ && !gatherUntil_; }  // Everything is committed.

 private:
  void gather(Instant now);

  Duration period_;
  Batch batch_;
  Promises gathering_;
  Promises underway_;
  bool isUnderway_ = false;
  std::optional<Instant> gatherUntil_;  // None while nothing has changed.
};

}  // namespace pi::scheduler
