#include "common/model/target.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "common/base/quantity.h"

namespace pi {
namespace {

// From 16 samples in a stratum on, the error is that of the spread of the strata.
constexpr std::uint64_t kFirstMin = 1024;

double randomSamples(double error) {
  constexpr double kShare = std::numbers::pi / 4;
  double samples = 16 * kShare * (1 - kShare) / (error * error);
  // The reported error differs from the one for pi/4 by a factor with a standard deviation of
  // (2s - 1) / (2 sqrt(s (1 - s))) / sqrt(N); eight of them, and the error falls with sqrt(N).
  double deviation = (2 * kShare - 1) / (2 * std::sqrt(kShare * (1 - kShare)));
  return samples + 16 * deviation * std::sqrt(samples) + 100;
}

std::string costText(Sampler sampler, double samples) {
  constexpr double kYear = 365.25 * 24 * 3600;
  if (samples > 1e100) return "more than 1e+100 samples";
  double time = samples / traitsOf(sampler).samplesPerSecond;
  std::array<char, 64> years{}, text{};
  std::snprintf(years.data(), years.size(), "%.2g years", time / kYear);
  bool isLong = time >= kYear;
  std::string timeText = isLong ? years.data() : durationText(Duration(std::llround(time * 1e9)));
  std::snprintf(text.data(), text.size(), "about %.2g samples, %s of one core", samples,
                timeText.c_str());
  return text.data();
}

}  // namespace

double samplesForError(Sampler sampler, double error) {
  switch (sampler) {
    case Sampler::kRandom:
      return randomSamples(error);
    case Sampler::kSobol:
      return std::pow(4.2 / error, 4.0 / 3);
  }
  return 0;
}

std::uint64_t firstPrefix(const JobSpec& spec) {
  if (spec.targetError <= 0) return spec.samples;
  double needed = samplesForError(spec.stream.sampler, spec.targetError);
  needed = std::min(std::ceil(needed), static_cast<double>(kTargetSamplesMax));
  auto first = static_cast<std::uint64_t>(needed);
  // The error of independent samples is known beforehand.
  if (!areIndependent(spec.stream.sampler)) first = std::bit_floor(first) / 4;
  return std::clamp(first, std::min(kFirstMin, spec.samples), spec.samples);
}

std::uint64_t nextPrefix(const JobSpec& spec, std::uint64_t samples) {
  return samples < spec.samples / 2 ? 2 * samples : spec.samples;
}

std::optional<Unreachable> whyUnreachable(const JobSpec& spec) {
  Sampler sampler = spec.stream.sampler;
  auto most = static_cast<double>(kTargetSamplesMax);
  double needed = samplesForError(sampler, spec.targetError);
  if (needed <= most) return std::nullopt;
  // No sampler has errors below this; the smallest doubles do not grow by 5 %.
  double least = std::max(spec.targetError, 1e-30);
  while (samplesForError(sampler, least) > most) least *= 1.05;
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(),
                "%.3g needs %s; a job has at most 2^62: write at least %.1e", spec.targetError,
                costText(sampler, needed).c_str(), least);
  auto samplesOf = [&spec](Sampler each) { return samplesForError(each, spec.targetError); };
  Sampler best = *std::ranges::min_element(kSamplers, {}, samplesOf);
  Unreachable why{.sentence = text.data()};
  if (samplesOf(best) <= most) why.other = best;
  return why;
}

std::optional<bool> isTargetReached(const JobInfo& job) {
  if (job.spec.targetError <= 0) return std::nullopt;
  std::optional<Estimate> found = estimate(job);
  return found && found->standardError <= job.spec.targetError;
}

}  // namespace pi
