#include "worker/devices/paces.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "worker/devices/compute_unit.h"

namespace pi::worker {
namespace {

// A unit leaves the last blocks to one that is so many times as fast.  Less may be chance.
constexpr double kMuchFaster = 4;

// Whether a unit of this speed leaves so many blocks to the fastest one.
bool leaves(double speed, double fastest, double blocks) {
  return fastest > kMuchFaster * speed && blocks * speed < fastest;
}

}  // namespace

Paces::Paces(const std::vector<double>& guesses) {
  for (double guess : guesses) paces_.push_back({.guess = guess});
  if (!guesses.empty()) fastestGuess_ = std::ranges::max(guesses);
}

void Paces::note(std::size_t unit, std::uint64_t blockSamples, std::uint64_t blocks, Duration took,
                 Duration runTime) {
  if (blockSamples != blockSamples_) {
    for (Pace& each : paces_) each = {.guess = each.guess};
    blockSamples_ = blockSamples;
    total_ = 0;
    fastest_ = unit;
  }
  Pace& pace = paces_[unit];
  double speed = static_cast<double>(blocks) / std::max(seconds(took), 1e-9);
  total_ += speed - pace.blocksPerSecond;
  // At most twice as many: the last block may have been a part of one, and so too fast.
  double fitting = std::min(seconds(runTime) * speed, 1e9);
  pace = {.guess = pace.guess,
          .isKnown = true,
          .blocksPerSecond = speed,
          .blocksMax = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(fitting), 1,
                                                 std::min(2 * blocks, kRunBlocks))};
  if (speed > paces_[fastest_].blocksPerSecond) fastest_ = unit;
}

void Paces::remove(std::size_t unit) {
  total_ -= paces_[unit].blocksPerSecond;
  paces_[unit] = {};
  fastestGuess_ = 0;
  for (const Pace& each : paces_) fastestGuess_ = std::max(fastestGuess_, each.guess);
}

std::uint64_t Paces::blocksFor(std::size_t unit, std::uint64_t blockSamples,
                               std::uint64_t left) const {
  const Pace& pace = paces_[unit];
  auto rest = static_cast<double>(left);
  if (!pace.isKnown || blockSamples != blockSamples_) {
    return leaves(pace.guess, fastestGuess_, rest) ? 0 : 1;
  }
  if (leaves(pace.blocksPerSecond, paces_[fastest_].blocksPerSecond, rest)) return 0;
  double share = rest * pace.blocksPerSecond / total_ / 2;
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::min(share, 1e18)), 1,
                                   std::min(pace.blocksMax, left));
}

void Paces::checkInvariants() const {
  double sum = 0;
  for (const Pace& pace : paces_) {
    PI_CHECK(pace.isKnown == (pace.blocksPerSecond > 0));
    PI_CHECK(pace.blocksMax >= 1);
    sum += pace.blocksPerSecond;
  }
  PI_CHECK(std::abs(sum - total_) <= 1e-6 * (1 + sum + std::abs(total_)));
}

}  // namespace pi::worker
