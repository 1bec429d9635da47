// A queue: its options, what it has spent, and whether it may be asked for more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "scheduler/allocation/core/queue_options.h"
#include "scheduler/allocation/core/settings.h"

namespace pi::allocation {

// The law: what it has spent never falls, and after failuresMax failures in a row it is paused.
class Queue {
 public:
  Queue(QueueOptions options, NodeTime spent)
      : options_(std::move(options)), name_(nameOf(options_)), spent_(spent) {}

  const QueueOptions& options() const { return options_; }
  const std::string& name() const { return name_; }

  // By allocations that have ended.
  NodeTime spent() const { return spent_; }
  void spend(NodeTime time) { spent_ += time; }

  // ---- failures ----

  enum class Failure : std::uint8_t {
    kRefused,      // A submission was.
    kStart,        // An allocation had no worker that worked.
    kUnreachable,  // The batch system cannot be asked: no fault of the queue.
  };
  // Returns true if the queue is paused now because of it.
  bool noteFailure(Failure failure, const std::string& sentence, Instant now,
                   const Settings& settings);
  void noteSubmitted();
  void noteProven() { failedStarts_ = 0; }  // A worker of it was connected for a while.
  std::optional<Instant> retryAt() const { return retryAt_; }
  const std::string& lastFailure() const { return lastFailure_; }

  // ---- the owner's orders, and the queue's own ----

  void pause(const std::string& reason) { pausedBecause_ = reason; }
  void resume();
  const std::optional<std::string>& pausedBecause() const { return pausedBecause_; }

  // ---- late starts ----

  // An allocation of it was to start at `startsAt`, after the work is done.
  void noteLateStart(Instant startsAt, Instant now, const Settings& settings);
  // Whether an allocation would start too late for work that is done at `doneAt`.
  bool startsTooLate(Instant doneAt, Instant now) const;

  void checkInvariants(const Settings& settings) const;

 private:
  struct LateStart {
    Instant startsAt{};
    Instant believedUntil{};
  };
  QueueOptions options_;
  std::string name_;
  NodeTime spent_{};
  std::uint32_t refusals_ = 0;
  std::uint32_t failedStarts_ = 0;
  std::uint32_t unreachable_ = 0;
  std::string lastFailure_;
  std::optional<Instant> retryAt_;
  std::optional<std::string> pausedBecause_;
  std::optional<LateStart> lateStart_;
};

}  // namespace pi::allocation
