// Threads that compute leases' samples in order, all of them on the same lease.
#pragma once

#include <kj/function.h>

#include <asio/io_context.hpp>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/model/lease.h"
#include "worker/core/event.h"

namespace pi::worker {

// Used on the loop's thread.  Tells event::SpanComputed, RunningLow and ComputingStopped there, in
// handlers of the io_context, never inside one of these functions.
class ComputePool {
 public:
  using HitsIn = Hits (*)(Stream stream, SampleRange range);
  using OnEvent = kj::Function<void(const Event&)>;

  // Starts the threads, at least one; throws std::system_error when there cannot be so many.
  // `onEvent` must not destroy this.
  ComputePool(asio::io_context& io, HitsIn hitsIn, std::uint32_t threads, OnEvent onEvent);
  ComputePool(const ComputePool&) = delete;
  ComputePool& operator=(const ComputePool&) = delete;
  // Within about the time of one block, unless a thread hangs; what is not told by then is lost.
  ~ComputePool();

  // The threads go on with this lease after what they have.
  void push(const Lease& lease);

  // RunningLow is told once whenever fewer samples than this, or none, are left to begin.  A push,
  // a truncation and a drop make it be told anew.
  void setLowWater(std::uint64_t samples);

  // What was begun of the first lease that is not wholly begun becomes a span of its own.
  void cut();

  // Leaves a lease's samples from `end` on, or from wherever the threads have got to, alone;
  // returns from where.  kSamplesEnd if the lease is unknown, or all of it is computed.
  std::uint64_t truncate(LeaseId lease, std::uint64_t end);

  // The threads leave the lease alone at their next block, and it is not heard of again.
  void drop(LeaseId lease);

  // Nothing more is begun, and nothing more taken; ComputingStopped follows the last span.
  void stop();

  // Ends the threads: whether all of them have ended in this time.  If not, one may hang, and this
  // must not be destroyed.
  bool endWithin(Duration most);

 private:
  // A run of a lease's samples that the threads have begun; it is told as one when all of it is
  // computed.
  struct Span {
    SampleRange range;
    Instant begunAt;
    Instant finishedAt;  // Of the last grain that was.
    Hits hits{};
    std::uint32_t grainsInHand = 0;
    bool isOpen = true;  // The next grain belongs to it.
  };

  struct Assignment {
    explicit Assignment(const Lease& given) : lease(given), cursor(given.range.begin) {}
    std::uint64_t untaken() const { return lease.range.end - cursor; }

    Lease lease;
    std::uint64_t cursor;  // The samples before it are begun.
    std::list<Span> spans;
    std::atomic<bool> isDropped = false;
  };
  using Assignments = std::list<Assignment>;

  // What a thread takes at a time: whole blocks, but for the ends of a lease.
  struct Grain {
    Assignments::iterator assignment;
    std::list<Span>::iterator span;
    SampleRange range;
  };

  struct Outlet;

  void work(std::optional<int> cpu);
  Hits compute(const Grain& grain) const;
  void tellToEnd();
  void endThreads();

  // With the mutex held.
  std::optional<Grain> take(std::uint64_t blocksMax, Instant at);
  void finish(const Grain& grain, const Hits& hits, Instant at);
  void close(Assignment& assignment);
  void leaveAlone(Assignments::iterator assignment, std::uint64_t end);
  void settle(Assignments::iterator assignment);
  Duration charge(const Span& span);
  Assignments::iterator find(LeaseId lease);
  void rearmLowWater();
  void tellIfLow();
  void tellIfStopped();
  void tell(const Event& event);

  asio::io_context& io_;
  const HitsIn hitsIn_;
  const std::uint32_t threadCount_;
  const std::shared_ptr<Outlet> outlet_;

  std::mutex mutex_;  // Guards everything below but the threads.
  std::condition_variable changed_;
  Assignments assignments_;    // Those that are wholly begun come first.
  std::uint64_t untaken_ = 0;  // Samples, of all assignments.
  std::uint64_t lowWater_ = 0;
  bool toldLow_ = true;
  Instant chargedUntil_;  // Time before this is part of some span's `busy`.
  bool isStopping_ = false;
  bool toldStopped_ = false;
  bool isEnding_ = false;
  std::size_t threadsEnded_ = 0;

  std::vector<std::thread> threads_;
};

}  // namespace pi::worker
