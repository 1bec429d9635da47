#include "worker/compute_pool.h"

#include <algorithm>
#include <asio/post.hpp>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/base/quantity.h"
#include "common/model/stream.h"
#include "common/net/loop/clock.h"
#include "worker/affinity.h"

namespace pi::worker {
namespace {

// Long compared with the cost of taking a grain, short compared with every wait in the system.
constexpr Duration kGrainTime = std::chrono::microseconds(500);
constexpr std::uint64_t kGrainBlocksMax = 1 << 16;

// How many blocks of a size to take next, if the last `blocks` took this long.
std::uint64_t nextBlocksMax(std::uint64_t blocks, Duration took) {
  double fitting = seconds(kGrainTime) / std::max(seconds(took), 1e-9) * double(blocks);
  // At most twice as many: the last block may have been a part of one, and so too fast.
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::min(fitting, 1e9)), 1,
                                   std::min(2 * blocks, kGrainBlocksMax));
}

std::uint64_t blocksIn(SampleRange range, std::uint64_t blockSamples) {
  return (range.end - 1) / blockSamples - range.begin / blockSamples + 1;
}

std::runtime_error noThread(std::uint32_t wanted, std::size_t started, const char* reason) {
  return std::runtime_error("the system refuses to start " + countText(wanted, "compute thread") +
                            ": after " + countText(started) + " of them it says '" + reason +
                            "'; ask for fewer with --threads, or raise the limit on processes "
                            "(ulimit -u) or memory (ulimit -v)");
}

}  // namespace

// Events on their way to the loop's thread may outlive the pool; they share this, and end here.
struct ComputePool::Outlet {
  OnEvent onEvent;  // Called on the loop's thread only.
};

ComputePool::ComputePool(asio::io_context& io, Compute compute, std::uint32_t threads,
                         OnEvent onEvent)
    : io_(io),
      compute_(compute),
      threadCount_(threads),
      outlet_(std::make_shared<Outlet>(Outlet{kj::mv(onEvent)})) {
  PI_CHECK(threads >= 1);
  std::vector<int> cpus = cpusToPin(threads, allowedCpus());
  try {
    for (std::uint32_t i = 0; i < threads; ++i) {
      std::optional<int> cpu = cpus.empty() ? std::nullopt : std::optional(cpus[i]);
      threads_.emplace_back([this, cpu] { work(cpu); });
    }
  } catch (const std::exception& failure) {  // No thread, or no memory for one.
    std::size_t started = threads_.size();
    endThreads();
    throw noThread(threads, started, failure.what());
  }
}

ComputePool::~ComputePool() {
  outlet_->onEvent = [](const Event&) {};
  endThreads();
}

void ComputePool::requestEnd() {
  {
    std::lock_guard lock(mutex_);
    isEnding_ = true;
    for (Assignment& assignment : assignments_) abandon(assignment, 0);
  }
  changed_.notify_all();
}

void ComputePool::endThreads() {
  requestEnd();
  for (std::thread& thread : threads_) thread.join();
}

bool ComputePool::endWithin(Duration timeout) {
  requestEnd();
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return threadsEnded_ == threads_.size(); });
}

void ComputePool::push(const Lease& lease) {
  {
    std::lock_guard lock(mutex_);
    PI_CHECK(lease.blockSamples > 0);
    if (isStopping_ || lease.range.empty()) return;
    assignments_.emplace_back(lease);
    unbegun_ += lease.range.size();
    rearmLowWater();
  }
  changed_.notify_all();
}

void ComputePool::setLowWater(std::uint64_t samples) {
  std::lock_guard lock(mutex_);
  lowWater_ = samples;
  sendIfLow();
}

void ComputePool::cut() {
  std::lock_guard lock(mutex_);
  auto front = std::ranges::find_if(assignments_, [](const auto& a) { return a.unbegun() > 0; });
  if (front == assignments_.end()) return;  // No span is open.
  close(*front);
  sendFinishedSpans(front);
}

std::uint64_t ComputePool::truncate(LeaseId lease, std::uint64_t end) {
  std::lock_guard lock(mutex_);
  auto assignment = find(lease);
  if (assignment == assignments_.end()) return kSamplesEnd;
  if (end == 0) abandonUnfinished(*assignment);
  std::uint64_t kept = std::clamp(end, assignment->cursor, assignment->lease.range.end);
  shorten(assignment, kept);
  rearmLowWater();
  return kept;
}

void ComputePool::drop(LeaseId lease) {
  std::lock_guard lock(mutex_);
  auto assignment = find(lease);
  if (assignment == assignments_.end()) return;
  assignment->isDropped = true;
  abandon(*assignment, 0);
  shorten(assignment, assignment->cursor);
  rearmLowWater();
}

void ComputePool::stop() {
  std::lock_guard lock(mutex_);
  isStopping_ = true;
  for (auto next = assignments_.begin(); next != assignments_.end();) {
    auto assignment = next++;
    abandonUnfinished(*assignment);
    shorten(assignment, assignment->cursor);
  }
  sendIfStopped();
}

void ComputePool::work(std::optional<int> cpu) {
  if (cpu) pinThisThread(*cpu);
  Pace pace;
  std::optional<Task> task;
  Hits hits;
  while (true) {
    Instant at = net::now();
    {
      // One lock for each grain: it finishes the last one and takes the next.
      std::unique_lock lock(mutex_);
      if (task) finish(*task, hits, at);
      task = take(pace, at);
      while (!task && !isEnding_) {
        changed_.wait(lock);
        at = net::now();
        task = take(pace, at);
      }
      if (isEnding_) {
        ++threadsEnded_;
        changed_.notify_all();
        return;
      }
    }
    hits = hitsOf(*task);
    std::uint64_t blockSamples = task->assignment->lease.blockSamples;
    pace = {
        .blockSamples = blockSamples,
        .blocksMax = nextBlocksMax(blocksIn(task->grain->range, blockSamples), net::now() - at)};
  }
}

// The hits of an abandoned grain are incomplete; they are discarded.
Hits ComputePool::hitsOf(const Task& task) const {
  const Lease& lease = task.assignment->lease;
  const Stream stream = lease.stream;
  const kernels::StopFlag& stop = task.grain->isAbandoned;
  Hits hits;
  for (SampleRange rest = task.grain->range; !rest.empty() && !kernels::isSet(&stop);) {
    std::uint64_t blockEnd = (rest.begin / lease.blockSamples + 1) * lease.blockSamples;
    SampleRange block{.begin = rest.begin, .end = std::min(blockEnd, rest.end)};
    hits += compute_(stream, block, &stop);
    rest.begin = block.end;
  }
  return hits;
}

std::optional<ComputePool::Task> ComputePool::take(const Pace& pace, Instant at) {
  if (unbegun_ == 0 || isEnding_) return std::nullopt;
  auto assignment =
      std::ranges::find_if(assignments_, [](const auto& a) { return a.unbegun() > 0; });
  PI_CHECK(assignment != assignments_.end());

  // Grains get smaller near the end, so that all threads finish at about the same time.
  std::uint64_t blockSamples = assignment->lease.blockSamples;
  std::uint64_t share = unbegun_ / (2 * std::uint64_t{threadCount_}) / blockSamples;
  std::uint64_t blocksMax = pace.blockSamples == blockSamples ? pace.blocksMax : 1;
  std::uint64_t blocks = std::clamp<std::uint64_t>(share, 1, blocksMax);
  SampleRange range{.begin = assignment->cursor, .end = assignment->lease.range.end};
  range.end = std::min(range.end, (range.begin / blockSamples + blocks) * blockSamples);

  std::list<Span>& spans = assignment->spans;
  if (spans.empty() || !spans.back().isOpen) {
    spans.push_back({.begunAt = at, .finishedAt = at, .grains = {}});
  }
  auto span = std::prev(spans.end());
  auto grain = span->grains.emplace(span->grains.end(), range);
  assignment->cursor = range.end;
  if (assignment->unbegun() == 0) close(*assignment);
  unbegun_ -= range.size();
  sendIfLow();
  return Task{.assignment = assignment, .span = span, .grain = grain};
}

void ComputePool::finish(const Task& task, const Hits& hits, Instant at) {
  Assignment& assignment = *task.assignment;
  if (task.grain->isAbandoned) {
    assignment.abandoned.erase(task.grain);
  } else {
    task.span->finishedAt = std::max(task.span->finishedAt, at);
    finish(*task.span, task.grain, hits);
  }
  sendFinishedSpans(task.assignment);
}

void ComputePool::finish(Span& span, std::list<Grain>::iterator grain, const Hits& hits) {
  grain->hits = hits;
  grain->isFinished = true;
  auto unite = [&](std::list<Grain>::iterator first, std::list<Grain>::iterator second) {
    second->range.begin = first->range.begin;
    second->hits += first->hits;
    span.grains.erase(first);
  };
  if (grain != span.grains.begin()) {
    if (auto before = std::prev(grain); before->isFinished) unite(before, grain);
  }
  if (auto behind = std::next(grain); behind != span.grains.end() && behind->isFinished) {
    unite(grain, behind);
  }
}

// Abandons the grains that begin at `from` or behind it; their samples are not begun then.
void ComputePool::abandon(Assignment& assignment, std::uint64_t from) {
  for (auto nextSpan = assignment.spans.begin(); nextSpan != assignment.spans.end();) {
    auto span = nextSpan++;
    for (auto next = span->grains.begin(); next != span->grains.end();) {
      auto grain = next++;
      if (grain->range.begin < from) continue;
      if (grain->isFinished) {
        span->grains.erase(grain);
      } else {
        grain->isAbandoned = true;
        assignment.abandoned.splice(assignment.abandoned.end(), span->grains, grain);
      }
    }
    if (span->grains.empty()) assignment.spans.erase(span);
  }
  std::uint64_t cursor = std::clamp(from, assignment.lease.range.begin, assignment.cursor);
  unbegun_ += assignment.cursor - cursor;
  assignment.cursor = cursor;
}

// Abandons the grain that is unfinished and all behind it, except those before a span that was
// sent.
void ComputePool::abandonUnfinished(Assignment& assignment) {
  for (const Span& span : assignment.spans) {
    for (const Grain& grain : span.grains) {
      if (grain.isFinished || grain.range.begin < assignment.sentEnd) continue;
      return abandon(assignment, grain.range.begin);
    }
  }
}

void ComputePool::close(Assignment& assignment) {
  if (!assignment.spans.empty()) assignment.spans.back().isOpen = false;
}

// Moves the end of the lease to `end`, which is not before the cursor.
void ComputePool::shorten(Assignments::iterator assignment, std::uint64_t end) {
  unbegun_ -= assignment->lease.range.end - end;
  assignment->lease.range.end = end;
  if (assignment->unbegun() > 0) return;
  close(*assignment);
  sendFinishedSpans(assignment);
}

// Sends the finished spans, and removes the assignment after its last one.
void ComputePool::sendFinishedSpans(Assignments::iterator assignment) {
  std::list<Span>& spans = assignment->spans;
  for (auto next = spans.begin(); next != spans.end();) {
    auto span = next++;
    if (span->isOpen || !span->isFinished()) continue;
    const Lease& lease = assignment->lease;
    const Grain& whole = span->grains.front();
    send(event::SpanComputed{{.lease = lease.id,
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

// How long the threads have worked for this span: since the begin of the oldest span that was not
// sent yet, without the time in spans that were sent.  So the spans' times add up to the threads'
// time: nothing is missing and nothing counts twice.
Duration ComputePool::takeBusyTime(const Span& finished) {
  Instant since = finished.begunAt;
  for (const Assignment& assignment : assignments_) {
    for (const Span& span : assignment.spans) since = std::min(since, span.begunAt);
  }
  since = std::max(since, busyUntil_);
  busyUntil_ = std::max(busyUntil_, finished.finishedAt);
  return std::max(busyUntil_ - since, Duration(1));
}

ComputePool::Assignments::iterator ComputePool::find(LeaseId lease) {
  return std::ranges::find_if(assignments_, [lease](const Assignment& assignment) {
    return assignment.lease.id == lease && !assignment.isDropped;
  });
}

void ComputePool::rearmLowWater() {
  hasSentLow_ = false;
  sendIfLow();
}

void ComputePool::sendIfLow() {
  if (hasSentLow_ || unbegun_ >= std::max<std::uint64_t>(lowWater_, 1)) return;
  hasSentLow_ = true;
  send(event::RunningLow{});
}

void ComputePool::sendIfStopped() {
  if (!isStopping_ || hasSentStopped_ || !assignments_.empty()) return;
  hasSentStopped_ = true;
  send(event::ComputingStopped{});
}

// The caller holds the mutex, so that events are sent in the order in which they happen.
void ComputePool::send(const Event& event) {
  asio::post(io_, [outlet = outlet_, event] { outlet->onEvent(event); });
}

}  // namespace pi::worker
