// One after the other: work that would be too much at the same time.
#pragma once

#include <kj/async.h>

#include <list>
#include <utility>

namespace pi::allocation {

// Must outlive the promises that it gives out.
class Turns {
 public:
  Turns() = default;
  KJ_DISALLOW_COPY(Turns);

  // Calls `start`, which returns a promise, when all earlier work has ended.  Dropping the promise
  // ends its turn.
  template <typename Start>
  auto run(Start start) {
    auto turn = kj::heap<Turn>(*this);
    auto promise = turn->begins();
    // Eagerly: a result that is not taken yet does not keep others waiting.
    return promise.then(kj::mv(start)).attach(kj::mv(turn)).eagerlyEvaluate(nullptr);
  }

 private:
  class Turn {
   public:
    explicit Turn(Turns& turns) : Turn(turns, kj::newPromiseAndFulfiller<void>()) {}
    KJ_DISALLOW_COPY(Turn);
    ~Turn() noexcept(false) {
      bool wasFirst = turns_.waiting_.front() == this;
      turns_.waiting_.remove(this);
      if (wasFirst && !turns_.waiting_.empty()) turns_.waiting_.front()->fulfiller_->fulfill();
    }

    kj::Promise<void> begins() { return kj::mv(promise_); }

   private:
    Turn(Turns& turns, kj::PromiseFulfillerPair<void> pair)
        : turns_(turns), promise_(kj::mv(pair.promise)), fulfiller_(kj::mv(pair.fulfiller)) {
      turns_.waiting_.push_back(this);
      if (turns_.waiting_.size() == 1) fulfiller_->fulfill();
    }

    Turns& turns_;
    kj::Promise<void> promise_;
    kj::Own<kj::PromiseFulfiller<void>> fulfiller_;
  };

  std::list<Turn*> waiting_;  // The first one has its turn.
};

}  // namespace pi::allocation
