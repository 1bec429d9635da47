// All that 'pi-client top' shows, and how its user looks at it: values, and the effect of a key.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/top/keys.h"
#include "common/base/clock.h"
#include "common/model/convergence_point.h"
#include "common/model/job.h"
#include "common/model/log_line.h"
#include "common/model/scheduler_info.h"
#include "common/model/worker_info.h"

namespace pi::client::top {

// The scheduler's last answers.
struct Snapshot {
  SchedulerInfo scheduler{};
  std::vector<JobInfo> jobs{};  // The newest ones, and all that are not over.
  bool areAllJobs = true;       // The scheduler knows no others.
  std::vector<WorkerInfo> workers{};
  std::vector<LogLine> log{};              // The newest lines, the oldest of them first.
  JobId pointsOf{};                        // The job that the points are of.
  std::vector<ConvergencePoint> points{};  // In their order.
};

enum class Panel { kJobs, kWorkers, kLog };
enum class JobOrder { kState, kNewest, kProgress, kRate, kName };
enum class WorkerOrder { kNumber, kState, kRate, kCounted, kName };

// Why the scheduler does not answer, and since when.
struct Loss {
  std::string why;
  Duration since{};
};

struct State {
  Snapshot last{};
  std::optional<Loss> loss{};

  Panel panel = Panel::kJobs;  // The one that the keys are for.
  JobOrder jobOrder = JobOrder::kState;
  bool areJobsReversed = false;
  WorkerOrder workerOrder = WorkerOrder::kNumber;
  bool areWorkersReversed = false;
  std::string filter{};  // Shown are the jobs and workers with this text.
  bool isTypingFilter = false;
  std::optional<JobId> job{};  // Null: the first one that is shown.
  std::optional<WorkerId> worker{};
  std::size_t linesBack = 0;           // The log is scrolled back by so many lines.
  std::optional<JobId> askedCancel{};  // The user is asked whether to cancel this job.
  bool isHelpOpen = false;
  std::string notice{};  // The news about the last command; a key removes it.
};

// The jobs and the workers that pass the filter, in the order of the user.
std::vector<const JobInfo*> shownJobs(const State& state);
std::vector<const WorkerInfo*> shownWorkers(const State& state);

// The place of the selected one among those that are shown; 0 if there is none.
std::size_t selectedJobAt(const State& state);
std::size_t selectedWorkerAt(const State& state);
// Null if no job is shown.
const JobInfo* selectedJob(const State& state);

// The requests of keys to the program.
struct Leave {};
struct Cancel {
  JobId job{};
  JobUid uid{};
};
using Wish = std::variant<std::monostate, Leave, Cancel>;

Wish handle(State& state, const KeyPress& press);

}  // namespace pi::client::top
