// The part of the live view that is the same for all viewers.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/model/job.h"
#include "common/model/log_line.h"
#include "common/model/worker_info.h"
#include "scheduler/core/history.h"
#include "scheduler/live/boxes.h"
#include "scheduler/live/marks.h"
#include "scheduler/live/rates.h"
#include "scheduler/live/rows.h"
#include "scheduler/live/table_rows.h"
#include "scheduler/live/timeline.h"
#include "scheduler/live/trend.h"

namespace pi::scheduler::live {

// The scheduler at one time.
struct Sight {
  // The newest kNewestJobsMax jobs, those that are unfinished, and those that viewers follow.
  std::vector<JobInfo> jobs{};
  std::vector<LogLine> log{};     // Lines with numbers above Feed::lastLine().
  std::set<WorkerId> followed{};  // By any viewer.
};

// One for all viewers: what it holds is made once, and a viewer (viewer.h) remembers how much of it
// was sent.  Without viewers it remembers the trend and the marks alone.
class Feed {
 public:
  // `epoch`: another one for each scheduler process.
  Feed(Timeline timeline, std::string epoch) : timeline_(timeline), epoch_(std::move(epoch)) {}

  // Looks at the workers: once a second, and when the first viewer comes.
  void tick(std::span<const WorkerInfo> workers, const History& history, Instant now);
  // Sets the text of the object on the scheduler itself: once a second, while there are viewers.
  void setScheduler(std::string text);
  // Looks at the rest: before the frames of each period.
  void look(const Sight& sight, const History& history);

  // There are viewers from now on.
  void wake(const History& history);
  // There are none any longer.
  void rest() { seen_.reset(); }

  // Remembered while there are viewers.
  struct Line {
    std::uint64_t number = 0;
    std::string text;
  };
  struct Seen {
    std::string scheduler{};
    std::uint64_t schedulerVersion = 0;
    Rows<JobRow> jobs{};
    Rows<WorkerRow> workers{};
    Rows<StateRow> states{};
    Boxes boxes;
    std::deque<Line> log{};
  };
  bool isAwake() const { return seen_.has_value(); }
  const Seen& seen() const { return *seen_; }

  const Timeline& timeline() const { return timeline_; }
  const std::string& epoch() const { return epoch_; }
  const Trend& trend() const { return trend_; }
  const Marks& marks() const { return marks_; }
  std::uint64_t lastLine() const;

 private:
  Timeline timeline_;
  std::string epoch_;
  Rates rates_;
  Trend trend_;
  Marks marks_;
  std::optional<Seen> seen_;
};

}  // namespace pi::scheduler::live
