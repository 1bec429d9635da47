// The story's clock: runs what was put off, in order of time, and in the order of the calls for
// equal times.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "common/base/clock.h"

namespace pi::simulation {

class Timeline {
 public:
  Instant now() const { return now_; }

  // A negative delay counts as zero.
  void after(Duration delay, std::function<void()> action) {
    pending_.push({.at = now_ + std::max(delay, Duration(0)),
                   .order = ++lastOrder_,
                   .action = std::move(action)});
  }
  void at(Instant time, std::function<void()> action) { after(time - now_, std::move(action)); }

  // Runs the next action; false if there is none.
  bool step() {
    if (pending_.empty()) return false;
    Pending next = pending_.top();
    pending_.pop();
    now_ = next.at;
    next.action();
    return true;
  }

 private:
  struct Pending {
    Instant at;
    std::uint64_t order = 0;
    std::function<void()> action;
  };
  struct IsLater {
    bool operator()(const Pending& a, const Pending& b) const {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  Instant now_{};
  std::uint64_t lastOrder_ = 0;
  std::priority_queue<Pending, std::vector<Pending>, IsLater> pending_;
};

}  // namespace pi::simulation
