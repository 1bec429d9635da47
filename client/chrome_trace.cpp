#include "client/chrome_trace.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "common/base/calendar.h"
#include "common/model/epoch.h"

namespace pi::client {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
constexpr int kSchedulerProcess = 1;  // The hosts have the next numbers.

// On the scheduler's clock.  For a job that is over only the calendar knows it.
std::optional<Instant> submissionOf(const JobInfo& job, const SchedulerInfo& scheduler) {
  if (!isOver(job.state)) return scheduler.now - job.age;
  std::optional<WallTime> on = submissionOf(job);
  return on ? std::optional(scheduler.now - (scheduler.wallNow - *on)) : std::nullopt;
}

// "2.17", as workers' numbers are shown.
std::string toText(LeaseId lease) {
  return std::to_string(epochOf(lease)) + "." + std::to_string(serialOf(lease));
}

std::string toText(SampleRange range) {
  return "[" + std::to_string(range.begin) + ", " + std::to_string(range.end) + ")";
}

double microseconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

// An instant's name: what happened to a worker when this period began.
std::string_view beginOf(const StatePeriod& period, bool isFirst) {
  if (period.state != WorkerState::kActive) return name(period.state);
  return isFirst ? "joined" : "active again";
}

}  // namespace

ChromeTrace::ChromeTrace(const Subject& subject, Write write)
    : subject_(subject),
      start_(subject.scheduler.now - subject.scheduler.uptime),
      write_(std::move(write)),
      text_("{\"displayTimeUnit\": \"ms\",\n\"traceEvents\": [\n") {
  for (const WorkerTrackInfo& track : subject_.tracks) tracks_[track.worker] = &track;
  const JobInfo& job = subject_.job;
  const SchedulerInfo& scheduler = subject_.scheduler;
  const Place place{.process = kSchedulerProcess, .thread = 1};
  putName("process_name", place, "scheduler on " + scheduler.host);
  std::string title = "job " + std::to_string(number(job.id));
  putName("thread_name", place,
          job.spec.name.empty() ? title : title + " \"" + job.spec.name + "\"");
  std::optional<Instant> submitted = submissionOf(job, scheduler);
  bool isRestarted = submitted && *submitted < start_;
  putInstant(place, isRestarted ? "scheduler restarted" : "scheduler started", start_, 'g');
  if (!submitted) return;
  put(place, {.name = title + " " + std::string(name(job.state)),
              .begin = *submitted,
              .end = *submitted + job.age,
              .details = {{"samples", job.spec.samples}, {"reason", job.reason}}});
}

void ChromeTrace::add(const LeaseRecord& lease) {
  Place& place = placeOf(lease.worker);
  bool isRunning = lease.outcome == LeaseOutcome::kRunning;
  Instant end = isRunning ? subject_.scheduler.now : lease.endedAt;
  // A worker has the next leases before it needs them, and computes one after the other.
  Instant begin = std::min(std::max(lease.begunAt, place.busyUntil), end);
  place.busyUntil = std::max(place.busyUntil, end);
  put(place, {.name = std::string(name(lease.outcome)),
              .begin = begin,
              .end = end,
              .details = {{"lease", toText(lease.lease)},
                          {"range", toText(lease.range)},
                          {"samples", lease.range.size()},
                          {"counted", lease.counted},
                          {"hits", lease.hits.total()},
                          {"outcome", name(lease.outcome)},
                          {"lent_us", microseconds(lease.begunAt - start_)}}});
}

void ChromeTrace::finish(std::uint64_t unremembered) {
  const JobInfo& job = subject_.job;
  const SchedulerInfo& scheduler = subject_.scheduler;
  Json other{{"job", number(job.id)},
             {"uid", hexText(job.uid)},
             {"samples_counted", job.samplesCounted},
             {"samples_in_no_slice", unremembered},
             {"scheduler_version", scheduler.programVersion},
             {"scheduler_started_at", calendarText(scheduler.wallNow - scheduler.uptime)}};
  text_ += "\n],\n\"otherData\": " + jsonLine(other);
  text_.back() = '}';
  write_(text_ + "\n");
  text_.clear();
}

ChromeTrace::Place& ChromeTrace::placeOf(WorkerId worker) {
  auto known = places_.find(worker);
  if (known != places_.end()) return known->second;
  auto track = tracks_.find(worker);
  // The scheduler has forgotten a worker that left long ago.
  WorkerTrackInfo unknown{.worker = worker, .profile = {}};
  unknown.profile.host = "unknown host";
  const WorkerTrackInfo& about = track == tracks_.end() ? unknown : *track->second;
  Place place{.process = processOf(about.profile.host),
              .thread = static_cast<int>(places_.size()) + 1};
  describe(about, place);
  return places_.emplace(worker, place).first->second;
}

int ChromeTrace::processOf(const std::string& host) {
  int next = kSchedulerProcess + 1 + static_cast<int>(processes_.size());
  auto [known, isNew] = processes_.emplace(host, next);
  if (isNew) putName("process_name", {.process = next, .thread = 0}, host);
  return known->second;
}

void ChromeTrace::describe(const WorkerTrackInfo& track, const Place& place) {
  std::string title = "worker " + toText(track.worker);
  putName("thread_name", place,
          track.profile.name.empty() ? title : title + " " + track.profile.name);
  for (std::size_t i = 0; i < track.periods.size(); ++i) {
    putInstant(place, beginOf(track.periods[i], i == 0), track.periods[i].begin, 't');
  }
  if (!track.isGone || track.periods.empty()) return;
  const StatePeriod& last = track.periods.back();
  bool isLost = last.state == WorkerState::kAbsent;
  putInstant(place, isLost ? "lost" : "left", last.end.value_or(last.begin), 't');
}

void ChromeTrace::put(const Place& place, const Slice& slice) {
  Instant begin = std::max(slice.begin, start_), end = std::max(slice.end, begin);
  putEvent({{"ph", "X"},
            {"cat", "lease"},
            {"name", slice.name},
            {"pid", place.process},
            {"tid", place.thread},
            {"ts", microseconds(begin - start_)},
            {"dur", microseconds(end - begin)},
            {"args", slice.details}});
}

void ChromeTrace::putInstant(const Place& place, std::string_view name, Instant time, char scope) {
  putEvent({{"ph", "i"},
            {"cat", "state"},
            {"name", name},
            {"pid", place.process},
            {"tid", place.thread},
            {"ts", microseconds(std::max(time - start_, Duration{}))},
            {"s", std::string(1, scope)}});
}

void ChromeTrace::putName(std::string_view kind, const Place& place, const std::string& name) {
  putEvent({{"ph", "M"},
            {"name", kind},
            {"pid", place.process},
            {"tid", place.thread},
            {"ts", 0},
            {"args", {{"name", name}}}});
}

void ChromeTrace::putEvent(const Json& event) {
  if (!std::exchange(isFirst_, false)) text_ += ",\n";
  text_ += jsonLine(event);
  text_.pop_back();
  if (text_.size() < kPieceBytes) return;
  write_(text_);
  text_.clear();
}

}  // namespace pi::client
