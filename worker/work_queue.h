// The samples of a worker's leases: which are begun, by runs, and which are finished.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "common/model/lease.h"
#include "worker/core/event.h"
#include "worker/devices/paces.h"
#include "worker/kernels/kernel.h"

namespace pi::worker {

// Not safe for use by several threads: the compute pool has a lock around it.
//
// The law: a lease's samples before its cursor are each in one grain, and are finished, or begun by
// one unit, or given back; the others are not begun.  A lease with a limit of threads is served by
// the first CPUs only, so at one time by no more than the limit; behind it the other units wait, so
// that leases are computed in their order.  The events SpanComputed, RunningLow and
// ComputingStopped tell all that the worker's core has to know.
class WorkQueue {
 public:
  // For compute units with the numbers from zero on, of which the first `cpuUnits` are CPUs; see
  // Paces for `guesses`.
  WorkQueue(const std::vector<double>& guesses, std::size_t cpuUnits)
      : cpuUnits_(cpuUnits), paces_(guesses) {}

  // See ComputePool for these.
  void push(const Lease& lease);
  void setLowWater(std::uint64_t samples);
  void cut();
  std::uint64_t truncate(LeaseId lease, std::uint64_t end);
  void drop(LeaseId lease);
  void stop();

  // Abandons all that is begun.
  void abandonAll();

  // Whether a unit has left work to a faster one since the last call: speeds have changed when a
  // unit finishes, so it should ask again.
  bool takeHasLeft();

  // Whether the first lease with samples to begin has changed since a unit found that it may not
  // serve it: all units should ask again.
  bool takeHasMoved();

  // The events since the last call, in the order in which they happened.
  std::vector<Event> takeEvents();

 private:
  // The run of samples that a unit takes at a time: whole blocks, except at the ends of a lease.
  struct Grain {
    enum class State : std::uint8_t { kBegun, kGivenBack, kFinished };

    explicit Grain(SampleRange samples) : range(samples) {}
    bool isFinished() const { return state == State::kFinished; }

    SampleRange range;
    Hits hits{};
    State state = State::kBegun;
    kernels::StopFlag isAbandoned = false;  // The hits are not wanted any longer.
  };

  // A run of a lease's samples that are begun.  It is reported as one SpanComputed when all of it
  // is computed.
  struct Span {
    SampleRange range() const {
      return {.begin = grains.front().range.begin, .end = grains.back().range.end};
    }
    // Neighbours that are finished are united.
    bool isFinished() const { return grains.size() == 1 && grains.front().isFinished(); }

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
    std::list<Grain> abandoned;  // Until their units return.
    bool isDropped = false;
  };
  using Assignments = std::list<Assignment>;

 public:
  // A grain and where it belongs.  It stays valid until it is finished or given back.
  class Task {
   public:
    Stream stream() const { return assignment_->lease.stream; }
    SampleRange range() const { return grain_->range; }
    std::uint64_t blockSamples() const { return assignment_->lease.blockSamples; }
    const kernels::StopFlag& isAbandoned() const { return grain_->isAbandoned; }

   private:
    friend class WorkQueue;
    Task(Assignments::iterator assignment, std::list<Span>::iterator span,
         std::list<Grain>::iterator grain)
        : assignment_(assignment), span_(span), grain_(grain) {}

    Assignments::iterator assignment_;
    std::list<Span>::iterator span_;  // Invalid if the grain is abandoned.
    std::list<Grain>::iterator grain_;
  };

  // The next run for a unit; nothing if there is none, or if it should leave the rest to another
  // one.  No run is empty.
  std::optional<Task> take(std::size_t unit, Instant at);
  // The unit has computed the task in this time.  The hits do not matter if it is abandoned.
  void finish(std::size_t unit, const Task& task, const Hits& hits, Duration took, Duration runTime,
              Instant at);
  // The unit is lost, and has not computed the task.
  void giveBack(std::size_t unit, const Task& task);

 private:
  bool mayServe(std::size_t unit, const Lease& lease) const;
  void noteBegun(Assignment& assignment);
  std::optional<Task> takeGivenBack(std::size_t unit);
  void finish(Span& span, std::list<Grain>::iterator grain, const Hits& hits);
  void abandon(Assignment& assignment, std::uint64_t from);
  void abandon(Assignment& assignment, std::list<Grain>& grains, std::list<Grain>::iterator grain);
  void abandonUnfinished(Assignment& assignment);
  void close(Assignment& assignment);
  void shorten(Assignments::iterator assignment, std::uint64_t end);
  void sendFinishedSpans(Assignments::iterator assignment);
  Duration takeBusyTime(const Span& span);
  Assignments::iterator find(LeaseId lease);
  void rearmLowWater();
  void sendIfLow();
  void sendIfStopped();

  const std::size_t cpuUnits_;
  Paces paces_;
  Assignments assignments_;    // The ones without samples to begin come first.
  std::list<Task> givenBack_;  // Grains in the state kGivenBack.
  std::uint64_t unbegun_ = 0;  // The samples that can be taken, in all assignments.
  std::uint64_t lowWater_ = 0;
  bool hasSentLow_ = true;
  Instant busyUntil_;  // The time before this is in the `busy` of spans that were sent.
  bool isStopping_ = false;
  bool hasSentStopped_ = false;
  bool hasLeft_ = false;
  bool hasKeptOut_ = false;  // A unit may not serve the first lease with samples to begin.
  bool hasMoved_ = false;
  std::vector<Event> events_;
};

}  // namespace pi::worker
