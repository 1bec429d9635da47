// One viewer of the dashboard: what it has seen, and the frame that tells it the rest.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/base/clock.h"
#include "common/model/convergence_point.h"
#include "common/model/worker_track.h"
#include "scheduler/core/history.h"
#include "scheduler/live/feed.h"
#include "scheduler/live/follow.h"
#include "scheduler/live/frame_text.h"
#include "scheduler/live/rows.h"

namespace pi::scheduler::live {

// A frame has all that is new since the last one, within a number of bytes.  The next ones have the
// rest, with the states that are the newest then.
class Viewer {
 public:
  // Replaces what it follows.
  void follow(const Follow& wish);
  const std::set<WorkerId>& workers() const { return workersFollowed_; }
  const std::set<JobId>& jobs() const { return jobsFollowed_; }

  // `feed` must be awake.  `control`: the viewer may change something.
  std::string nextFrame(const Feed& feed, const History& history, bool control, Instant now);

 private:
  struct Lane {
    std::uint64_t boxes = 0;              // The boxes up to this number were sent.
    bool isCaughtUp = false;              // Those of the time before it was followed, too.
    std::optional<StatePeriod> period{};  // The last one that was sent.
    std::string range{};                  // That of the running lease, as it was sent.
  };

  void putHead(const Feed& feed, bool control, Instant now, FrameText& frame);
  void writeRunning(const Feed& feed, const History& history, FrameText& frame) const;
  void writeRanges(const Feed& feed, const History& history, FrameText& frame);
  void writeMarks(const Feed& feed, FrameText& frame);
  void writeTables(const Feed::Seen& seen, FrameText& frame);
  void writeBoxes(const Feed& feed, const History& history, FrameText& frame);
  bool writeBoxesOf(WorkerId worker, Lane& lane, const Feed& feed, const History& history,
                    FrameText& frame) const;
  void writePeriods(const Feed& feed, const History& history, FrameText& frame);
  void writeTrend(const Feed& feed, FrameText& frame);
  void writeConvergence(const Feed::Seen& seen, const History& history, FrameText& frame);
  void writeLog(const Feed::Seen& seen, FrameText& frame);

  std::set<JobId> jobsFollowed_;
  std::set<WorkerId> workersFollowed_;
  std::map<WorkerId, Lane> lanes_;                 // By worker that it follows.
  std::optional<WorkerId> nextLane_;               // Whose boxes did not fit.
  WorkerId nextRange_{};                           // Whose range did not fit.
  std::map<JobId, ConvergencePoint> convergence_;  // The last point that was sent.
  RowCursor jobs_;
  RowCursor workers_;
  RowCursor states_;
  bool isFirst_ = true;
  std::optional<bool> control_;
  std::uint64_t scheduler_ = 0;  // Its version.
  std::uint64_t mark_ = 0;
  std::uint64_t line_ = 0;
  std::uint64_t groups_ = 0;       // The version of the trend's groups.
  std::uint64_t point_ = 0;        // The last one of the trend that was sent.
  std::uint64_t coarseUntil_ = 0;  // Up to this point every fifth one is sent.
};

}  // namespace pi::scheduler::live
