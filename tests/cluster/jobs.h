// Jobs sized in time, and what they have to come to.
#pragma once

#include <chrono>
#include <cstdint>

#include "common/model/stream.h"
#include "tests/cluster/cluster.h"

namespace pi::cluster {

// A job that outlives every test.
inline constexpr std::uint64_t kEndless = 1'000'000'000'000'000;
inline constexpr std::uint64_t kDefaultSeed = 2017;

// Options of a worker that computes so slowly that a test can tell the middle of a job from its
// end, while the same hits are counted here in much less time.
inline const Words kSlowly = {"--kernel", "portable"};

// How many samples one thread of a worker with kSlowly computes in that time.
std::uint64_t samplesWithin(std::chrono::milliseconds time);

// The hits among the first `samples` of the stream, straight from a kernel.
std::uint64_t hitsAmong(std::uint64_t samples, Stream stream = {.seed = kDefaultSeed});

}  // namespace pi::cluster
