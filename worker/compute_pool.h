// Threads that compute the samples of leases, in order, each with a compute unit of its own; all of
// them work on the same lease, or as many as it allows: CPUs then, and no GPU.
#pragma once

#include <kj/function.h>

#include <asio/io_context.hpp>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/model/lease.h"
#include "worker/core/event.h"
#include "worker/devices/cpu_unit.h"
#include "worker/work_queue.h"

namespace pi::worker {

// All functions are called on the loop's thread.  The events SpanComputed, RunningLow,
// ComputingStopped and DeviceLost are sent there, too, in handlers of the io_context: never from
// inside one of these functions.
class ComputePool {
 public:
  using OnEvent = kj::Function<void(const Event&)>;

  // Starts a thread for each unit; there is at least one, and CPUs come first.  Throws
  // std::runtime_error, with a sentence on what to do, if the system refuses to start as many.
  // `onEvent` must not destroy this object.
  ComputePool(asio::io_context& io, ComputeUnits units, OnEvent onEvent);
  ComputePool(const ComputePool&) = delete;
  ComputePool& operator=(const ComputePool&) = delete;
  // Takes about the time of a run, and hangs if a thread hangs.  Later events are not sent.
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
  struct Outlet;

  void startThreads();
  void work(std::size_t unit, std::optional<int> cpu);
  std::optional<WorkQueue::Task> takeNext(std::unique_lock<std::mutex>& lock, std::size_t unit);
  void lose(std::size_t unit, const WorkQueue::Task& task, const DeviceLost& loss);
  void requestEnd();
  void endThreads();
  void sendEvents();

  asio::io_context& io_;
  const ComputeUnits units_;
  const std::shared_ptr<Outlet> outlet_;

  std::mutex mutex_;  // Guards the members below, except threads_.
  std::condition_variable changed_;
  WorkQueue queue_;
  bool isEnding_ = false;
  std::size_t threadsEnded_ = 0;

  std::vector<std::thread> threads_;
};

}  // namespace pi::worker
