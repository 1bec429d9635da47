#include "worker/compute_pool.h"

#include <algorithm>
#include <asio/post.hpp>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/model/stream.h"
#include "common/net/loop/clock.h"
#include "worker/affinity.h"

namespace pi::worker {
namespace {

// Long compared with the cost of taking a grain, short compared with every wait in the system.
constexpr Duration kGrainTime = std::chrono::microseconds(500);
constexpr std::uint64_t kGrainBlocksMax = 1 << 16;

// How many blocks to take next, if the last `blocks` took this long.
std::uint64_t nextBlocksMax(std::uint64_t blocks, Duration took) {
  double fitting = seconds(kGrainTime) / std::max(seconds(took), 1e-9) * double(blocks);
  // At most twice as many: the last block may have been a part of one, and so too fast.
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::min(fitting, 1e9)), 1,
                                   std::min(2 * blocks, kGrainBlocksMax));
}

std::uint64_t blocksIn(SampleRange range) {
  return (range.end - 1) / kBlockSamples - range.begin / kBlockSamples + 1;
}

std::runtime_error noThread(std::uint32_t wanted, std::size_t started, const char* reason) {
  return std::runtime_error("the system refuses to start " + std::to_string(wanted) +
                            " compute threads: after " + std::to_string(started) +
                            " of them it says '" + reason +
                            "'; ask for fewer with --threads, or raise the limit on processes "
                            "(ulimit -u) or memory (ulimit -v)");
}

}  // namespace

// Events on their way to the loop's thread may outlive the pool; they share this, and end here.
struct ComputePool::Outlet {
  OnEvent onEvent;  // Called on the loop's thread only.
};

ComputePool::ComputePool(asio::io_context& io, HitsIn hitsIn, std::uint32_t threads,
                         OnEvent onEvent)
    : io_(io),
      hitsIn_(hitsIn),
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
    for (Assignment& assignment : assignments_) assignment.isDropped = true;
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
  shorten(assignment, assignment->cursor);
  rearmLowWater();
}

void ComputePool::stop() {
  std::lock_guard lock(mutex_);
  isStopping_ = true;
  for (auto next = assignments_.begin(); next != assignments_.end();) {
    auto assignment = next++;
    shorten(assignment, assignment->cursor);
  }
  sendIfStopped();
}

void ComputePool::work(std::optional<int> cpu) {
  if (cpu) pinThisThread(*cpu);
  std::uint64_t blocksMax = 1;
  std::optional<Grain> grain;
  Hits hits;
  while (true) {
    Instant at = net::now();
    {
      // One lock for each grain: it finishes the last one and takes the next.
      std::unique_lock lock(mutex_);
      if (grain) finish(*grain, hits, at);
      grain = take(blocksMax, at);
      while (!grain && !isEnding_) {
        changed_.wait(lock);
        at = net::now();
        grain = take(blocksMax, at);
      }
      if (isEnding_) {
        ++threadsEnded_;
        changed_.notify_all();
        return;
      }
    }
    hits = compute(*grain);
    blocksMax = nextBlocksMax(blocksIn(grain->range), net::now() - at);
  }
}

// The hits of a dropped grain are incomplete; they are discarded.
Hits ComputePool::compute(const Grain& grain) const {
  const Stream stream = grain.assignment->lease.stream;
  Hits hits;
  for (SampleRange rest = grain.range; !rest.empty();) {
    if (grain.assignment->isDropped.load(std::memory_order_relaxed)) break;
    std::uint64_t blockEnd = (rest.begin / kBlockSamples + 1) * kBlockSamples;
    SampleRange block{.begin = rest.begin, .end = std::min(blockEnd, rest.end)};
    hits += hitsIn_(stream, block);
    rest.begin = block.end;
  }
  return hits;
}

std::optional<ComputePool::Grain> ComputePool::take(std::uint64_t blocksMax, Instant at) {
  if (unbegun_ == 0 || isEnding_) return std::nullopt;
  auto assignment =
      std::ranges::find_if(assignments_, [](const auto& a) { return a.unbegun() > 0; });
  PI_CHECK(assignment != assignments_.end());

  // Grains get smaller near the end, so that all threads finish at about the same time.
  std::uint64_t share = unbegun_ / (2 * std::uint64_t{threadCount_}) / kBlockSamples;
  std::uint64_t blocks = std::clamp<std::uint64_t>(share, 1, blocksMax);
  SampleRange range{.begin = assignment->cursor, .end = assignment->lease.range.end};
  range.end = std::min(range.end, (range.begin / kBlockSamples + blocks) * kBlockSamples);

  std::list<Span>& spans = assignment->spans;
  if (spans.empty() || !spans.back().isOpen) {
    spans.push_back(
        {.range = {.begin = range.begin, .end = range.begin}, .begunAt = at, .finishedAt = at});
  }
  auto span = std::prev(spans.end());
  span->range.end = assignment->cursor = range.end;
  ++span->grainsInHand;
  if (assignment->unbegun() == 0) close(*assignment);
  unbegun_ -= range.size();
  sendIfLow();
  return Grain{.assignment = assignment, .span = span, .range = range};
}

void ComputePool::finish(const Grain& grain, const Hits& hits, Instant at) {
  PI_CHECK(grain.span->grainsInHand > 0);
  grain.span->hits += hits;
  grain.span->finishedAt = std::max(grain.span->finishedAt, at);
  --grain.span->grainsInHand;
  sendFinishedSpans(grain.assignment);
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
    if (span->isOpen || span->grainsInHand > 0) continue;
    if (!assignment->isDropped) {
      const Lease& lease = assignment->lease;
      send(event::SpanComputed{{.lease = lease.id,
                                .job = lease.job,
                                .tally = {.range = span->range, .hits = span->hits},
                                .busy = takeBusyTime(*span)}});
    }
    spans.erase(span);
  }
  if (!spans.empty() || assignment->unbegun() > 0) return;
  assignments_.erase(assignment);
  sendIfStopped();
}

// How long the threads have worked for this span: since the begin of the oldest span that was not
// sent yet, without the time in spans that were sent.  So the spans' times add up to the threads'
// time: nothing is missing and nothing counts twice.
Duration ComputePool::takeBusyTime(const Span& finished) {
  Instant since = finished.begunAt;
  for (const Assignment& assignment : assignments_) {
    if (assignment.isDropped) continue;
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
