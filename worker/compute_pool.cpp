#include "worker/compute_pool.h"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "common/base/check.h"
#include "common/model/stream.h"
#include "common/net/loop/clock.h"
#include "worker/affinity.h"

namespace pi::worker {
namespace {

// Long beside what taking a grain costs, short beside what anybody waits for.
constexpr Duration kGrainTime = std::chrono::microseconds(500);
constexpr std::uint64_t kGrainBlocksMax = 1 << 16;

// How many blocks to take next, after so many took so long.
std::uint64_t nextBlocksMax(std::uint64_t blocks, Duration took) {
  double fitting = seconds(kGrainTime) / std::max(seconds(took), 1e-9) * double(blocks);
  // Growing step by step: the last block may have been a part of one.
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::min(fitting, 1e9)), 1,
                                   std::min(2 * blocks, kGrainBlocksMax));
}

std::uint64_t blocksIn(SampleRange range) {
  return (range.end - 1) / kBlockSamples - range.begin / kBlockSamples + 1;
}

// One CPU for each thread if they are to use all of this process's CPUs.  With fewer threads others
// may want the same CPU: two workers with one thread each must not share a core.
std::vector<int> cpusToPin(std::uint32_t threads) {
  std::vector<int> cpus = allowedCpus();
  if (threads < 2 || cpus.size() != threads) cpus.clear();
  return cpus;
}

}  // namespace

// What is on its way to the loop's thread outlives the pool, and then finds nobody to tell.
struct ComputePool::Outlet {
  OnEvent onEvent;  // Used on the loop's thread only.
};

ComputePool::ComputePool(asio::io_context& io, HitsIn hitsIn, std::uint32_t threads,
                         OnEvent onEvent)
    : io_(io),
      hitsIn_(hitsIn),
      threadCount_(threads),
      outlet_(std::make_shared<Outlet>(Outlet{kj::mv(onEvent)})) {
  PI_CHECK(threads >= 1);
  std::vector<int> cpus = cpusToPin(threads);
  try {
    for (std::uint32_t i = 0; i < threads; ++i) {
      std::optional<int> cpu = cpus.empty() ? std::nullopt : std::optional(cpus[i]);
      threads_.emplace_back([this, cpu] { work(cpu); });
    }
  } catch (...) {
    endThreads();
    throw;
  }
}

ComputePool::~ComputePool() {
  outlet_->onEvent = [](const Event&) {};
  endThreads();
}

void ComputePool::tellToEnd() {
  {
    std::lock_guard lock(mutex_);
    isEnding_ = true;
    for (Assignment& assignment : assignments_) assignment.isDropped = true;
  }
  changed_.notify_all();
}

void ComputePool::endThreads() {
  tellToEnd();
  for (std::thread& thread : threads_) thread.join();
}

bool ComputePool::endWithin(Duration most) {
  tellToEnd();
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, most, [this] { return threadsEnded_ == threads_.size(); });
}

void ComputePool::push(const Lease& lease) {
  {
    std::lock_guard lock(mutex_);
    if (isStopping_ || lease.range.empty()) return;
    assignments_.emplace_back(lease);
    untaken_ += lease.range.size();
    rearmLowWater();
  }
  changed_.notify_all();
}

void ComputePool::setLowWater(std::uint64_t samples) {
  std::lock_guard lock(mutex_);
  lowWater_ = samples;
  tellIfLow();
}

void ComputePool::cut() {
  std::lock_guard lock(mutex_);
  auto front = std::ranges::find_if(assignments_, [](const auto& a) { return a.untaken() > 0; });
  if (front == assignments_.end()) return;  // All spans are closed.
  close(*front);
  settle(front);
}

std::uint64_t ComputePool::truncate(LeaseId lease, std::uint64_t end) {
  std::lock_guard lock(mutex_);
  auto assignment = find(lease);
  if (assignment == assignments_.end()) return kSamplesEnd;
  std::uint64_t kept = std::clamp(end, assignment->cursor, assignment->lease.range.end);
  leaveAlone(assignment, kept);
  rearmLowWater();
  return kept;
}

void ComputePool::drop(LeaseId lease) {
  std::lock_guard lock(mutex_);
  auto assignment = find(lease);
  if (assignment == assignments_.end()) return;
  assignment->isDropped = true;
  leaveAlone(assignment, assignment->cursor);
  rearmLowWater();
}

void ComputePool::stop() {
  std::lock_guard lock(mutex_);
  isStopping_ = true;
  for (auto next = assignments_.begin(); next != assignments_.end();) {
    auto assignment = next++;
    leaveAlone(assignment, assignment->cursor);
  }
  tellIfStopped();
}

void ComputePool::work(std::optional<int> cpu) {
  if (cpu) pinThisThread(*cpu);
  std::uint64_t blocksMax = 1;
  std::optional<Grain> grain;
  Hits hits;
  while (true) {
    Instant at = net::now();
    {
      // Once for each grain: the last one is handed in and the next one taken.
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

// Nobody looks at the hits of a grain that was abandoned.
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
  if (untaken_ == 0 || isEnding_) return std::nullopt;
  auto assignment =
      std::ranges::find_if(assignments_, [](const auto& a) { return a.untaken() > 0; });
  PI_CHECK(assignment != assignments_.end());

  // Less and less near the end, so that all threads finish together.
  std::uint64_t share = untaken_ / (2 * std::uint64_t{threadCount_}) / kBlockSamples;
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
  if (assignment->untaken() == 0) close(*assignment);
  untaken_ -= range.size();
  tellIfLow();
  return Grain{.assignment = assignment, .span = span, .range = range};
}

void ComputePool::finish(const Grain& grain, const Hits& hits, Instant at) {
  PI_CHECK(grain.span->grainsInHand > 0);
  grain.span->hits += hits;
  grain.span->finishedAt = std::max(grain.span->finishedAt, at);
  --grain.span->grainsInHand;
  settle(grain.assignment);
}

void ComputePool::close(Assignment& assignment) {
  if (!assignment.spans.empty()) assignment.spans.back().isOpen = false;
}

// `end` is not before the cursor.
void ComputePool::leaveAlone(Assignments::iterator assignment, std::uint64_t end) {
  untaken_ -= assignment->lease.range.end - end;
  assignment->lease.range.end = end;
  if (assignment->untaken() > 0) return;
  close(*assignment);
  settle(assignment);
}

// Tells and forgets the spans that are finished, and forgets the assignment after its last one.
void ComputePool::settle(Assignments::iterator assignment) {
  std::list<Span>& spans = assignment->spans;
  for (auto next = spans.begin(); next != spans.end();) {
    auto span = next++;
    if (span->isOpen || span->grainsInHand > 0) continue;
    if (!assignment->isDropped) {
      const Lease& lease = assignment->lease;
      tell(event::SpanComputed{{.lease = lease.id,
                                .job = lease.job,
                                .tally = {.range = span->range, .hits = span->hits},
                                .busy = charge(*span)}});
    }
    spans.erase(span);
  }
  if (!spans.empty() || assignment->untaken() > 0) return;
  assignments_.erase(assignment);
  tellIfStopped();
}

// How long the threads have worked on this span: since they began it, or any that is not told yet.
// What was told already counts no more, so that no time is in two spans, nor missing.
Duration ComputePool::charge(const Span& finished) {
  Instant since = finished.begunAt;
  for (const Assignment& assignment : assignments_) {
    if (assignment.isDropped) continue;
    for (const Span& span : assignment.spans) since = std::min(since, span.begunAt);
  }
  since = std::max(since, chargedUntil_);
  chargedUntil_ = std::max(chargedUntil_, finished.finishedAt);
  return std::max(chargedUntil_ - since, Duration(1));
}

ComputePool::Assignments::iterator ComputePool::find(LeaseId lease) {
  return std::ranges::find_if(assignments_, [lease](const Assignment& assignment) {
    return assignment.lease.id == lease && !assignment.isDropped;
  });
}

void ComputePool::rearmLowWater() {
  toldLow_ = false;
  tellIfLow();
}

void ComputePool::tellIfLow() {
  if (toldLow_ || untaken_ >= std::max<std::uint64_t>(lowWater_, 1)) return;
  toldLow_ = true;
  tell(event::RunningLow{});
}

void ComputePool::tellIfStopped() {
  if (!isStopping_ || toldStopped_ || !assignments_.empty()) return;
  toldStopped_ = true;
  tell(event::ComputingStopped{});
}

// With the mutex held, so that what happens first is told first.
void ComputePool::tell(const Event& event) {
  asio::post(io_, [outlet = outlet_, event] { outlet->onEvent(event); });
}

}  // namespace pi::worker
