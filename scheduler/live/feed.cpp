#include "scheduler/live/feed.h"

#include <algorithm>
#include <map>

#include "common/json/history_objects.h"
#include "scheduler/live/frame_text.h"
#include "scheduler/live/limits.h"

namespace pi::scheduler::live {
namespace {

std::string textOf(LogLine line) {
  line.text.resize(std::min(line.text.size(), kLogTextBytesMax));
  Json object{{"number", line.number}};
  object.update(logLineObject(line));
  return compact(object);
}

template <typename Row>
auto write() {
  return [](const Row& row) { return textOf(row); };
}

}  // namespace

void Feed::wake(const History& history) {
  if (!seen_) seen_.emplace(Seen{.boxes = Boxes(history.leases())});
}

void Feed::tick(std::span<const WorkerInfo> workers, const History& history, Instant now) {
  rates_.tick(workers, now);
  trend_.tick(workers, rates_, now);
  marks_.tick(history.workers(), workers, now);
  if (!seen_) return;
  std::map<std::uint64_t, WorkerRow> rows;
  std::map<std::uint64_t, StateRow> states;
  for (const WorkerInfo& worker : workers) {
    rows[number(worker.id)] = {.id = worker.id, .profile = worker.profile};
    states[number(worker.id)] = {
        .worker = worker, .samplesPerSecond = rates_.of(worker.id, now), .now = now};
  }
  seen_->workers.replace(std::move(rows), write<WorkerRow>());
  seen_->states.replace(std::move(states), write<StateRow>());
}

void Feed::setScheduler(std::string text) {
  seen_->scheduler = std::move(text);
  ++seen_->schedulerVersion;
}

void Feed::look(const Sight& sight, const History& history) {
  std::map<std::uint64_t, JobRow> jobs;
  for (const JobInfo& job : sight.jobs) jobs.emplace(number(job.id), JobRow{.job = job});
  seen_->jobs.replace(std::move(jobs), write<JobRow>());
  seen_->boxes.tick(history.leases(), sight.followed);
  for (const LogLine& line : sight.log) {
    seen_->log.push_back({.number = line.number, .text = textOf(line)});
    if (seen_->log.size() > kLogRowsMax) seen_->log.pop_front();
  }
}

std::uint64_t Feed::lastLine() const {
  return seen_ && !seen_->log.empty() ? seen_->log.back().number : 0;
}

}  // namespace pi::scheduler::live
