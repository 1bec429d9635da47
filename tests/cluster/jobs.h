// Jobs of a given duration, and their expected results.
#pragma once

#include <chrono>
#include <cstdint>

#include "common/model/stream.h"
#include "tests/cluster/cluster.h"

namespace pi::cluster {

// More samples than any test computes.
inline constexpr std::uint64_t kEndless = 1'000'000'000'000'000;
inline constexpr std::uint64_t kDefaultSeed = 2017;

// Options of a slow worker: a test can act in the middle of its job.  The test itself counts the
// same hits much faster.
inline const Words kSlowly = {"--kernel", "portable"};

// The number of samples that one thread with kSlowly computes in this time.
std::uint64_t samplesWithin(std::chrono::milliseconds time);

// The hits among the first `samples` of the stream, counted by a kernel in this process.
std::uint64_t hitsAmong(std::uint64_t samples, Stream stream = {.seed = kDefaultSeed});

}  // namespace pi::cluster
