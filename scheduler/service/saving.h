// Passes the core's changes to the store, and the store's answers to the core.
#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <optional>
#include <string>

#include "common/base/histogram.h"
#include "scheduler/core/action.h"
#include "scheduler/service/core_runner.h"
#include "scheduler/service/ignore_failures.h"

namespace pi::scheduler {

// Without a store every change counts as committed at once.
class Saving {
 public:
  explicit Saving(CoreRunner& runner);
  KJ_DISALLOW_COPY(Saving);

  // Sets the store, before the first event.  It gets one batch at a time, and answers each by
  // calling saved() or notSaved() on the loop's thread.
  void saveTo(kj::Function<void(Changes)> save) { save_ = kj::mv(save); }

  // The batch is committed.
  void saved();
  // The batch is not committed, for this reason, and the store tries again.
  void notSaved(const std::string& reason);

  // Why nothing can be saved now, in one sentence; nullopt if the last batch was saved.
  const std::optional<std::string>& failure() const { return failure_; }

  // Nothing can be saved now, or the last batch takes so long that the disk may hang.
  bool isLate(Instant now) const;

  // Resolves with such a sentence as soon as a batch cannot be saved.
  kj::Promise<std::string> untilFailure() { return failing_.addBranch(); }

  // Later changes are not saved; none of them affects a promise already made.
  void stop();

  void perform(action::Commit& commit);

  // From when a batch is given to the store until it is committed.
  const Histogram& commitTimes() const { return commitTimes_; }

 private:
  void expectSuccess();

  CoreRunner& runner_;
  Histogram commitTimes_;
  std::optional<Instant> begunAt_{};  // When the batch under way was given to the store.
  kj::Maybe<kj::Function<void(Changes)>> save_;
  std::optional<std::string> failure_;
  kj::Own<kj::PromiseFulfiller<std::string>> failed_;
  kj::ForkedPromise<std::string> failing_;

  // Last, so that no task outlives what it uses.
  IgnoreFailures ignoreFailures_;
  kj::TaskSet tasks_;
};

}  // namespace pi::scheduler
