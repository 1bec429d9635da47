// Threads that compute the samples of leases, in order; all threads work on the same lease.
#pragma once

#include <kj/function.h>

#include <asio/io_context.hpp>
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
#include "worker/kernels/kernel.h"

namespace pi::worker {

// All functions are called on the loop's thread.  The events SpanComputed, RunningLow and
// ComputingStopped are sent there, too, in handlers of the io_context: never from inside one of
// these functions.
class ComputePool {
 public:
  // As kernels::Kernel::compute.
  using Compute = Hits (*)(Stream stream, SampleRange range, const kernels::StopFlag* stop);
  using OnEvent = kj::Function<void(const Event&)>;

  // Starts the threads, at least one.  Throws std::runtime_error, with a sentence on what to do, if
  // the system refuses to start as many.  `onEvent` must not destroy this object.
  ComputePool(asio::io_context& io, Compute compute, std::uint32_t threads, OnEvent onEvent);
  ComputePool(const ComputePool&) = delete;
  ComputePool& operator=(const ComputePool&) = delete;
  // Takes about a millisecond, and hangs if a thread hangs.  Later events are not sent.
  ~ComputePool();

  // Adds a lease to the end of the queue.
  void push(const Lease& lease);

  // Sends RunningLow once when fewer samples than this, or none, are left to begin.  Each push,
  // truncation and drop allows it to be sent once more.
  void setLowWater(std::uint64_t samples);

  // Ends the open span, of the first lease that still has samples to begin.
  void cut();

  // Removes the samples of a lease from `end` on, except those that the threads have begun.  Zero
  // removes these, too: the threads abandon them.  Returns the lease's new end; kSamplesEnd if the
  // lease is unknown or completely computed.
  std::uint64_t truncate(LeaseId lease, std::uint64_t end);

  // Removes a lease.  The threads abandon it; no event about it is sent any longer.
  void drop(LeaseId lease);

  // Abandons what is begun, and accepts no other lease; ComputingStopped follows the last span.
  void stop();

  // Ends the threads and waits at most this long.  False if some have not ended: one may hang, and
  // this object must not be destroyed.
  bool endWithin(Duration timeout);

 private:
  // The work that a thread takes at a time: whole blocks, except at the ends of a lease.
  struct Grain {
    explicit Grain(SampleRange samples) : range(samples) {}

    SampleRange range;
    Hits hits{};
    bool isFinished = false;
    kernels::StopFlag isAbandoned = false;  // The hits are not wanted any longer.
  };

  // A run of a lease's samples that the threads have begun.  It is reported as one SpanComputed
  // when all of it is computed.
  struct Span {
    SampleRange range() const {
      return {.begin = grains.front().range.begin, .end = grains.back().range.end};
    }
    // Neighbours that are finished are united.
    bool isFinished() const { return grains.size() == 1 && grains.front().isFinished; }

    Instant begunAt;
    Instant finishedAt;       // When its last finished grain was.
    std::list<Grain> grains;  // At least one, in the order of their samples.
    bool isOpen = true;       // The next grain of the lease belongs to it.
  };

  struct Assignment {
    explicit Assignment(const Lease& given)
        : lease(given), cursor(given.range.begin), sentEnd(given.range.begin) {}
    std::uint64_t unbegun() const { return lease.range.end - cursor; }

    Lease lease;
    std::uint64_t cursor;   // The samples before it are begun.
    std::uint64_t sentEnd;  // No span that was sent ends behind it.
    std::list<Span> spans;
    std::list<Grain> abandoned;  // Until their threads return.
    bool isDropped = false;
  };
  using Assignments = std::list<Assignment>;

  // A grain and where it belongs.
  struct Task {
    Assignments::iterator assignment;
    std::list<Span>::iterator span;  // Invalid if the grain is abandoned.
    std::list<Grain>::iterator grain;
  };

  // How many blocks of a size a thread takes at a time.
  struct Pace {
    std::uint64_t blockSamples = 0;
    std::uint64_t blocksMax = 1;
  };

  struct Outlet;

  void work(std::optional<int> cpu);
  Hits hitsOf(const Task& task) const;
  void requestEnd();
  void endThreads();

  // With the mutex held.
  std::optional<Task> take(const Pace& pace, Instant at);
  void finish(const Task& task, const Hits& hits, Instant at);
  static void finish(Span& span, std::list<Grain>::iterator grain, const Hits& hits);
  void abandon(Assignment& assignment, std::uint64_t from);
  void abandonUnfinished(Assignment& assignment);
  void close(Assignment& assignment);
  void shorten(Assignments::iterator assignment, std::uint64_t end);
  void sendFinishedSpans(Assignments::iterator assignment);
  Duration takeBusyTime(const Span& span);
  Assignments::iterator find(LeaseId lease);
  void rearmLowWater();
  void sendIfLow();
  void sendIfStopped();
  void send(const Event& event);

  asio::io_context& io_;
  const Compute compute_;
  const std::uint32_t threadCount_;
  const std::shared_ptr<Outlet> outlet_;

  std::mutex mutex_;  // Guards the members below, except threads_.
  std::condition_variable changed_;
  Assignments assignments_;    // The ones without samples to begin come first.
  std::uint64_t unbegun_ = 0;  // Samples that no thread has begun, in all assignments.
  std::uint64_t lowWater_ = 0;
  bool hasSentLow_ = true;
  Instant busyUntil_;  // The time before this is in the `busy` of spans that were sent.
  bool isStopping_ = false;
  bool hasSentStopped_ = false;
  bool isEnding_ = false;
  std::size_t threadsEnded_ = 0;

  std::vector<std::thread> threads_;
};

}  // namespace pi::worker
