#include "worker/work_queue.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace pi::worker {
namespace {

std::uint64_t blocksIn(SampleRange range, std::uint64_t blockSamples) {
  return (range.end - 1) / blockSamples - range.begin / blockSamples + 1;
}

// Where so many blocks end; the first one may be a part of one.
std::uint64_t endOfBlocks(SampleRange range, std::uint64_t blocks, std::uint64_t blockSamples) {
  if (blocks >= blocksIn(range, blockSamples)) return range.end;
  return (range.begin / blockSamples + blocks) * blockSamples;
}

}  // namespace

void WorkQueue::push(const Lease& lease) {
  PI_CHECK(lease.blockSamples > 0);
  if (isStopping_ || lease.range.empty()) return;
  assignments_.emplace_back(lease);
  unbegun_ += lease.range.size();
  rearmLowWater();
}

void WorkQueue::setLowWater(std::uint64_t samples) {
  lowWater_ = samples;
  sendIfLow();
}

void WorkQueue::cut() {
  auto front = std::ranges::find_if(assignments_, [](const auto& a) { return a.unbegun() > 0; });
  if (front == assignments_.end()) return;  // No span is open.
  close(*front);
  sendFinishedSpans(front);
}

std::uint64_t WorkQueue::truncate(LeaseId lease, std::uint64_t end) {
  auto assignment = find(lease);
  if (assignment == assignments_.end()) return kSamplesEnd;
  if (end == 0) abandonUnfinished(*assignment);
  std::uint64_t kept = std::clamp(end, assignment->cursor, assignment->lease.range.end);
  shorten(assignment, kept);
  rearmLowWater();
  return kept;
}

void WorkQueue::drop(LeaseId lease) {
  auto assignment = find(lease);
  if (assignment == assignments_.end()) return;
  assignment->isDropped = true;
  abandon(*assignment, 0);
  shorten(assignment, assignment->cursor);
  rearmLowWater();
}

void WorkQueue::stop() {
  isStopping_ = true;
  // No unit may be left to compute what was given back.
  while (!givenBack_.empty()) {
    Task task = givenBack_.front();
    abandon(*task.assignment_, task.range().begin);
  }
  for (auto next = assignments_.begin(); next != assignments_.end();) {
    auto assignment = next++;
    abandonUnfinished(*assignment);
    shorten(assignment, assignment->cursor);
  }
  sendIfStopped();
}

void WorkQueue::abandonAll() {
  for (Assignment& assignment : assignments_) abandon(assignment, 0);
}

bool WorkQueue::takeHasLeft() { return std::exchange(hasLeft_, false); }

bool WorkQueue::takeHasMoved() { return std::exchange(hasMoved_, false); }

std::vector<Event> WorkQueue::takeEvents() { return std::exchange(events_, {}); }

// At least one unit may, so that each lease is served.
bool WorkQueue::mayServe(std::size_t unit, const Lease& lease) const {
  if (lease.threads == 0) return true;
  return unit < std::max<std::size_t>(std::min<std::size_t>(lease.threads, cpuUnits_), 1);
}

// If all samples of the lease are begun, the units that wait behind it can begin the next one.
void WorkQueue::noteBegun(Assignment& assignment) {
  if (assignment.unbegun() > 0) return;
  close(assignment);
  hasMoved_ = hasMoved_ || std::exchange(hasKeptOut_, false);
}

std::optional<WorkQueue::Task> WorkQueue::take(std::size_t unit, Instant at) {
  if (unbegun_ == 0) return std::nullopt;
  if (!givenBack_.empty()) return takeGivenBack(unit);
  auto assignment =
      std::ranges::find_if(assignments_, [](const auto& a) { return a.unbegun() > 0; });
  PI_CHECK(assignment != assignments_.end());

  if (!mayServe(unit, assignment->lease)) {
    hasKeptOut_ = true;
    return std::nullopt;
  }
  std::uint64_t blockSamples = assignment->lease.blockSamples;
  std::uint64_t left = std::max<std::uint64_t>(unbegun_ / blockSamples, 1);
  std::uint64_t blocks = paces_.blocksFor(unit, blockSamples, left);
  // Nothing is left to a faster unit that may not serve the lease.
  if (assignment->lease.threads > 0) blocks = std::max<std::uint64_t>(blocks, 1);
  if (blocks == 0) {
    hasLeft_ = true;
    return std::nullopt;
  }
  SampleRange range{.begin = assignment->cursor, .end = assignment->lease.range.end};
  range.end = endOfBlocks(range, blocks, blockSamples);

  std::list<Span>& spans = assignment->spans;
  if (spans.empty() || !spans.back().isOpen) {
    spans.push_back({.begunAt = at, .finishedAt = at, .grains = {}});
  }
  auto span = std::prev(spans.end());
  auto grain = span->grains.emplace(span->grains.end(), range);
  assignment->cursor = range.end;
  unbegun_ -= range.size();
  noteBegun(*assignment);
  sendIfLow();
  return Task(assignment, span, grain);
}

// The lost unit may have been much faster: its grain is divided.
std::optional<WorkQueue::Task> WorkQueue::takeGivenBack(std::size_t unit) {
  Task task = givenBack_.front();
  std::uint64_t blockSamples = task.blockSamples();
  SampleRange range = task.range();
  std::uint64_t left = blocksIn(range, blockSamples);
  std::uint64_t blocks = std::max<std::uint64_t>(paces_.blocksFor(unit, blockSamples, left), 1);
  SampleRange taken{.begin = range.begin, .end = endOfBlocks(range, blocks, blockSamples)};
  if (taken.end == range.end) {
    givenBack_.pop_front();
    task.grain_->state = Grain::State::kBegun;
  } else {
    task.grain_->range.begin = taken.end;
    task.grain_ = task.span_->grains.emplace(task.grain_, taken);
  }
  unbegun_ -= taken.size();
  sendIfLow();
  return task;
}

void WorkQueue::finish(std::size_t unit, const Task& task, const Hits& hits, Duration took,
                       Duration runTime, Instant at) {
  Assignment& assignment = *task.assignment_;
  if (task.grain_->isAbandoned) {
    assignment.abandoned.erase(task.grain_);
  } else {
    // A part of a block takes less time than a block, or much more than one on a GPU.
    std::uint64_t block = task.blockSamples();
    bool isWhole = task.range().begin % block == 0 && task.range().end % block == 0;
    if (isWhole) paces_.note(unit, block, task.range().size() / block, took, runTime);
    task.span_->finishedAt = std::max(task.span_->finishedAt, at);
    finish(*task.span_, task.grain_, hits);
  }
  sendFinishedSpans(task.assignment_);
}

void WorkQueue::finish(Span& span, std::list<Grain>::iterator grain, const Hits& hits) {
  grain->hits = hits;
  grain->state = Grain::State::kFinished;
  auto unite = [&](std::list<Grain>::iterator first, std::list<Grain>::iterator second) {
    second->range.begin = first->range.begin;
    second->hits += first->hits;
    span.grains.erase(first);
  };
  if (grain != span.grains.begin()) {
    if (auto before = std::prev(grain); before->isFinished()) unite(before, grain);
  }
  if (auto behind = std::next(grain); behind != span.grains.end() && behind->isFinished()) {
    unite(grain, behind);
  }
}

void WorkQueue::giveBack(std::size_t unit, const Task& task) {
  paces_.remove(unit);
  if (task.grain_->isAbandoned) {
    task.assignment_->abandoned.erase(task.grain_);
    sendFinishedSpans(task.assignment_);
    return;
  }
  task.grain_->state = Grain::State::kGivenBack;
  givenBack_.push_back(task);
  unbegun_ += task.range().size();
}

// Abandons the grains that begin at `from` or behind it; their samples are not begun then.
void WorkQueue::abandon(Assignment& assignment, std::uint64_t from) {
  for (auto nextSpan = assignment.spans.begin(); nextSpan != assignment.spans.end();) {
    auto span = nextSpan++;
    for (auto next = span->grains.begin(); next != span->grains.end();) {
      auto grain = next++;
      if (grain->range.begin >= from) abandon(assignment, span->grains, grain);
    }
    if (span->grains.empty()) assignment.spans.erase(span);
  }
  std::uint64_t cursor = std::clamp(from, assignment.lease.range.begin, assignment.cursor);
  unbegun_ += assignment.cursor - cursor;
  assignment.cursor = cursor;
}

void WorkQueue::abandon(Assignment& assignment, std::list<Grain>& grains,
                        std::list<Grain>::iterator grain) {
  if (grain->state == Grain::State::kBegun) {
    grain->isAbandoned = true;
    assignment.abandoned.splice(assignment.abandoned.end(), grains, grain);
    return;
  }
  if (grain->state == Grain::State::kGivenBack) {
    unbegun_ -= grain->range.size();
    givenBack_.remove_if([grain](const Task& task) { return task.grain_ == grain; });
  }
  grains.erase(grain);
}

// Abandons the grain that is unfinished and all behind it, except those before a span that was
// sent.
void WorkQueue::abandonUnfinished(Assignment& assignment) {
  for (const Span& span : assignment.spans) {
    for (const Grain& grain : span.grains) {
      if (grain.isFinished() || grain.range.begin < assignment.sentEnd) continue;
      return abandon(assignment, grain.range.begin);
    }
  }
}

void WorkQueue::close(Assignment& assignment) {
  if (!assignment.spans.empty()) assignment.spans.back().isOpen = false;
}

// Moves the end of the lease to `end`, which is not before the cursor.
void WorkQueue::shorten(Assignments::iterator assignment, std::uint64_t end) {
  unbegun_ -= assignment->lease.range.end - end;
  assignment->lease.range.end = end;
  noteBegun(*assignment);
  if (assignment->unbegun() == 0) sendFinishedSpans(assignment);
}

// Sends the finished spans, and removes the assignment after its last one.
void WorkQueue::sendFinishedSpans(Assignments::iterator assignment) {
  std::list<Span>& spans = assignment->spans;
  for (auto next = spans.begin(); next != spans.end();) {
    auto span = next++;
    if (span->isOpen || !span->isFinished()) continue;
    const Lease& lease = assignment->lease;
    const Grain& whole = span->grains.front();
    events_.push_back(event::SpanComputed{{.lease = lease.id,
                                           .job = lease.job,
                                           .tally = {.range = whole.range, .hits = whole.hits},
                                           .busy = takeBusyTime(*span)}});
    assignment->sentEnd = std::max(assignment->sentEnd, whole.range.end);
    spans.erase(span);
  }
  if (!spans.empty() || !assignment->abandoned.empty() || assignment->unbegun() > 0) return;
  assignments_.erase(assignment);
  sendIfStopped();
}

// How long the units have worked for this span: since the begin of the oldest span that was not
// sent yet, without the time in spans that were sent.  So the spans' times add up to the units'
// time: nothing is missing and nothing counts twice.
Duration WorkQueue::takeBusyTime(const Span& finished) {
  Instant since = finished.begunAt;
  for (const Assignment& assignment : assignments_) {
    for (const Span& span : assignment.spans) since = std::min(since, span.begunAt);
  }
  since = std::max(since, busyUntil_);
  busyUntil_ = std::max(busyUntil_, finished.finishedAt);
  return std::max(busyUntil_ - since, Duration(1));
}

WorkQueue::Assignments::iterator WorkQueue::find(LeaseId lease) {
  return std::ranges::find_if(assignments_, [lease](const Assignment& assignment) {
    return assignment.lease.id == lease && !assignment.isDropped;
  });
}

void WorkQueue::rearmLowWater() {
  hasSentLow_ = false;
  sendIfLow();
}

void WorkQueue::sendIfLow() {
  if (hasSentLow_ || unbegun_ >= std::max<std::uint64_t>(lowWater_, 1)) return;
  hasSentLow_ = true;
  events_.push_back(event::RunningLow{});
}

void WorkQueue::sendIfStopped() {
  if (!isStopping_ || hasSentStopped_ || !assignments_.empty()) return;
  hasSentStopped_ = true;
  events_.push_back(event::ComputingStopped{});
}

}  // namespace pi::worker
