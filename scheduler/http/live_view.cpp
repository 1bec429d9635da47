#include "scheduler/http/live_view.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "common/net/loop/clock.h"
#include "common/net/secrets/random.h"
#include "scheduler/limits.h"
#include "scheduler/live/limits.h"

namespace pi::scheduler::http {
namespace {

constexpr Duration kPeriod = std::chrono::milliseconds(250);
constexpr std::uint64_t kTurnsPerTick = 4;
constexpr std::size_t kEpochBytes = 8;

}  // namespace

// A viewer's place in the list.
class LiveView::Seat {
 public:
  Seat(LiveView& view, LiveSocket& viewer)
      : view_(view), place_(view.viewers_.insert(view.viewers_.end(), &viewer)) {}
  KJ_DISALLOW_COPY(Seat);
  ~Seat() {
    view_.viewers_.erase(place_);
    if (view_.viewers_.empty()) view_.feed_.rest();
  }

 private:
  LiveView& view_;
  std::list<LiveSocket*>::iterator place_;
};

LiveView::LiveView(net::KjLoop& loop, ClientService& service, Overview& overview)
    : loop_(loop),
      service_(service),
      overview_(overview),
      feed_(live::Timeline(service.startedAt()), net::hexText(net::randomBytes(kEpochBytes))),
      keepingTime_(keepTime().eagerlyEvaluate(nullptr)) {}

kj::Promise<void> LiveView::show(LiveVisit visit) {
  auto viewer = kj::heap<LiveSocket>(loop_, kj::mv(visit));
  auto seat = kj::heap<Seat>(*this, *viewer);
  if (!feed_.isAwake()) {
    feed_.wake(service_.history());
    tick(net::now());
  }
  auto done = viewer->run();
  return done.attach(kj::mv(seat), kj::mv(viewer));
}

kj::Promise<void> LiveView::keepTime() {
  return loop_.until(net::now() + kPeriod).then([this] {
    Instant now = net::now();
    if (++turns_ % kTurnsPerTick == 0) tick(now);
    if (!viewers_.empty()) sendFrames(now);
    return keepTime();
  });
}

void LiveView::tick(Instant now) {
  feed_.tick(service_.workers(), service_.history(), now);
  if (!feed_.isAwake()) return;
  feed_.setScheduler(overview_.liveObject(now));
  findOlderJobs();
}

void LiveView::sendFrames(Instant now) {
  live::Sight sight{.jobs = shownJobs(), .log = newLines()};
  for (const LiveSocket* viewer : viewers_) {
    sight.followed.insert(viewer->viewer().workers().begin(), viewer->viewer().workers().end());
  }
  History history = service_.history();
  feed_.look(sight, history);
  for (LiveSocket* viewer : viewers_) {
    viewer->offer([&](live::Viewer& seen,
                      bool mayControl) { return seen.nextFrame(feed_, history, mayControl, now); },
                  now);
  }
}

std::vector<JobInfo> LiveView::shownJobs() const {
  std::vector<JobInfo> jobs = service_.jobs(JobId{}, live::kNewestJobsMax).jobs;
  std::set<JobId> others(olderJobs_.begin(), olderJobs_.end());
  for (const LiveSocket* viewer : viewers_) {
    others.insert(viewer->viewer().jobs().begin(), viewer->viewer().jobs().end());
  }
  JobId oldest = jobs.empty() ? JobId{} : jobs.back().id;
  for (JobId id : others) {
    if (id >= oldest || id == JobId{}) continue;  // It is there, or it is unknown.
    OrRefusal<JobInfo> found = service_.find(id);
    if (auto* job = std::get_if<JobInfo>(&found)) jobs.push_back(std::move(*job));
  }
  return jobs;
}

// The walk over all jobs is for the rare case that so many are unfinished.
void LiveView::findOlderJobs() {
  olderJobs_.clear();
  ClientService::Page page = service_.jobs(JobId{}, live::kNewestJobsMax);
  auto isUnfinished = [](const JobInfo& job) { return !isOver(job.state); };
  auto seen = static_cast<std::size_t>(std::ranges::count_if(page.jobs, isUnfinished));
  const std::size_t all = service_.unfinishedJobs();
  while (!page.isLast && seen < all) {
    page = service_.jobs(page.jobs.back().id, kJobsPerPageMax);
    for (const JobInfo& job : page.jobs) {
      if (!isUnfinished(job)) continue;
      ++seen;
      olderJobs_.push_back(job.id);
      if (olderJobs_.size() == live::kJobRowsMax - live::kNewestJobsMax) return;
    }
  }
}

std::vector<LogLine> LiveView::newLines() const {
  return service_.logTail().linesAfter(feed_.lastLine(), live::kLogRowsMax);
}

}  // namespace pi::scheduler::http
