#include "client/top/feed.h"

#include <utility>

#include "client/failure.h"
#include "client/find_scheduler.h"
#include "client/history_calls.h"
#include "client/job_calls.h"
#include "client/submitter.h"
#include "common/base/printable.h"
#include "common/net/loop/clock.h"

namespace pi::client::top {
namespace {

using namespace std::chrono_literals;

// For Patience::kShort.
constexpr Duration kAnswerWithin = 2s;
// Not in SECURITY.md: no user scrolls further.  Jobs that are not over are shown beyond it.
constexpr std::size_t kJobsShownMax = 1'000;
constexpr std::uint32_t kLogLinesShownMax = 200;

// The rest is shown without a part that the scheduler refuses: one of an earlier release has no
// histories, and a job may be forgotten between two calls.
template <typename Call>
auto ifGranted(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const kj::Exception& error) {
    if (net::isLost(error)) throw;
    return {};
  }
}

}  // namespace

Feed::Feed(net::KjLoop& loop, const Options& options, Patience patience)
    : loop_(loop),
      options_(options),
      patience_(patience),
      link_(connectToScheduler(loop, options)) {}

// Connected, with time for the next call.
net::ClientLink& Feed::link() {
  std::optional<Instant> deadline;
  if (patience_ == Patience::kShort) deadline = net::now() + kAnswerWithin;
  if (!link_) link_.emplace(connectToScheduler(loop_, options_, deadline));
  link_->deadline = deadline;
  return *link_;
}

Snapshot Feed::snapshot(const State& state) {
  Snapshot now{.scheduler = describeScheduler(link())};
  JobsInView view = listJobsInView(link(), kJobsShownMax, now.scheduler.unfinishedJobs);
  now.jobs = std::move(view.jobs);
  now.areAllJobs = view.areAll;
  now.workers = listWorkers(link());
  now.log = ifGranted([&] { return logLines(link(), 0, kLogLinesShownMax); });
  State next = state;
  next.last.jobs = now.jobs;
  const JobInfo* job = selectedJob(next);
  if (job == nullptr) return now;
  now.pointsOf = job->id;
  now.points = ifGranted([&]() -> std::vector<ConvergencePoint> {
    std::optional<OpenJob> open = findJob(link(), {.id = job->id, .uid = job->uid});
    if (!open) return {};
    return pointsOf(link(), open->job);
  });
  return now;
}

void Feed::ask(State& state) {
  try {
    state.last = snapshot(state);
    state.loss.reset();
    lostAt_.reset();
  } catch (...) {
    lose(state, currentFailure().what());
  }
}

void Feed::lose(State& state, const std::string& why) {
  link_.reset();
  if (!lostAt_) lostAt_ = net::now();
  state.loss = Loss{.why = why, .since = net::now() - *lostAt_};
}

std::string Feed::cancel(const Cancel& wish) {
  std::string job = "job " + std::to_string(number(wish.job));
  try {
    Cancelled cancelled =
        cancelJob(link(), {.id = wish.job, .uid = wish.uid}, "cancelled by " + userAtHost());
    return job + (cancelled.wasOver ? " was over before" : " is cancelled");
  } catch (...) {
    std::string why = currentFailure().what();
    link_.reset();
    return job + " is perhaps not cancelled: " + why;
  }
}

}  // namespace pi::client::top
