// A job that computes until its standard error is small enough.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/model/estimate.h"
#include "common/model/job.h"

namespace pi {

// A job without a target error has all its samples as its only prefix.  One with a target looks at
// its error at the end of fixed prefixes only, so that it stops at the same number of samples on
// every cluster, whatever fails: the first has about a quarter of the samples that such an error
// needs, and each has twice as many as the one before, up to spec.samples.  Finer prefixes would
// favour those that look more precise than they are.

// The largest number of samples that a target error can ask for.
// Not in SECURITY.md: it bounds arithmetic only; a job may have twice as many samples.
inline constexpr std::uint64_t kTargetSamplesMax = std::uint64_t{1} << 62;

// Whether a spec may have this target error; zero is none.
constexpr bool isPossibleTarget(double error) { return error >= 0 && error <= 4; }

// The samples of the first prefix; at most spec.samples.  It is the same for every spec.samples
// that is not smaller, so it does not matter whether they are the most or those needed so far.
std::uint64_t firstPrefix(const JobSpec& spec);

// The samples of the prefix after the one with `samples`.
std::uint64_t nextPrefix(const JobSpec& spec, std::uint64_t samples);

// How many samples such a standard error needs; as a double, since it may be any number.  `error`
// is above zero.
//   random: N with 4 sqrt(s (1 - s) / N) = error for s = pi/4, and so many more that the error that
//           is reported, with the share of hits in the place of s, is almost certainly smaller.
//   sobol:  the error is about 3.5 N^-0.75 (STREAM.md, "Statistics"), times 1.2 (estimate.h).
double samplesForError(Sampler sampler, double error);

// Why no job can have a target error.
struct Unreachable {
  std::string sentence;            // "1e-20 needs about 2.7e+40 samples, ...: write at least 1e-9"
  std::optional<Sampler> other{};  // A sampler that can have it.
};

// Nullopt if the sampler of the spec can have its target error, which is above zero.
std::optional<Unreachable> whyUnreachable(const JobSpec& spec);

// Whether the samples so far have at most the target error; nullopt if the job has no target.
std::optional<bool> isTargetReached(const JobInfo& job);

}  // namespace pi
