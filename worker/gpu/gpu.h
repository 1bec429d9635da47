// One GPU with its kernels, ready to count.
#pragma once

#include <cstdint>

#include "worker/gpu/driver.h"
#include "worker/gpu/messages.h"

namespace pi::gpu {

// The GPU of this number, as the driver describes it.  If there is none, isUsable is 0.
Hello describe(Driver& driver, int number);

// A function that returns false has failed, and driver.reason() says why; the GPU is lost then.
class Gpu {
 public:
  // The driver is started.
  explicit Gpu(Driver& driver) : driver_(driver) {}
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  // Loads the kernels into the GPU of this number, which takes a moment.  Call it first.
  bool open(int number);

  // Starts a launch on an idle lane.
  bool start(int lane, const Request& request);
  // Whether the launch of a busy lane has ended; if so, `hasEnded` becomes true.
  bool look(int lane, bool& hasEnded);
  // Sleeps until it has ended.
  bool wait(int lane);
  // Its hits; the lane is idle then.
  Answer take(int lane);

  // From start() to take(), also if start() failed.
  bool isBusy(int lane) const { return lanes_[lane].isBusy; }

 private:
  struct Lane {
    Handle stream = nullptr;
    Handle ended = nullptr;         // The event behind the last launch.
    Address sums = 0;               // On the GPU.
    std::uint64_t* hits = nullptr;  // The copy in our memory.
    bool isBusy = false;
  };

  bool makeLane(Lane& lane);

  Driver& driver_;
  Handle random_ = nullptr, nets_ = nullptr;
  Lane lanes_[kLaneCount];
};

}  // namespace pi::gpu
