// A CPU, or a lane of a GPU, with which one thread of the compute pool computes.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "common/base/clock.h"
#include "common/model/sample_range.h"
#include "common/model/stream.h"
#include "common/model/tally.h"
#include "worker/kernels/kernel.h"

namespace pi::worker {

// The most blocks of a run.  A launch of a GPU has less than 2^31 groups of threads then.
inline constexpr std::uint64_t kRunBlocks = 1 << 22;

// A device cannot be used any longer.  what() is a sentence: which device, and why.
class DeviceLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Used by one thread at a time.
class ComputeUnit {
 public:
  virtual ~ComputeUnit() = default;

  // The hits of a run of blocks of `blockSamples` samples; the first and the last one may be parts.
  // They are wrong if `stop` is set meanwhile.  Throws DeviceLost; the run is not counted then.
  virtual Hits count(Stream stream, SampleRange run, std::uint64_t blockSamples,
                     const kernels::StopFlag& stop) = 0;

  // Its speed for the sampler `random`, in samples per second, measured at the start; above zero.
  virtual double speed() const = 0;

  // A run should take about this long: long compared with the cost of a run, short compared with
  // every wait in the system.
  virtual Duration runTime() const = 0;

  // Whether its thread is busy while it counts, so that it should have a CPU of its own.
  virtual bool usesCpu() const = 0;
};

}  // namespace pi::worker
