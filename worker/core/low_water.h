// Decides when to ask for the next lease: so early that no thread waits for it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "common/base/clock.h"
#include "common/model/lease.h"

namespace pi::worker {

// The law: mark() is the number of samples that the threads compute in the prefetch time and one
// round trip, by the speed of their latest spans of the kind of work that was lent last.  A kind is
// a sampler and a size of blocks, since one may be counted millions of times faster than another,
// and a number of threads.
class LowWater {
 public:
  // `samplesPerSecond`: the speed until a span of the same kind was computed, above zero.
  explicit LowWater(std::uint64_t samplesPerSecond)
      : firstSpeed_(static_cast<double>(samplesPerSecond)) {}

  void setPrefetch(Duration prefetch) { prefetch_ = prefetch; }
  // The scheduler took this long to answer a call that it answers at once.
  void noteRoundTrip(Duration measured);
  // The threads will compute this lease after all others.
  void noteLent(const Lease& lease) { latest_ = kindOf(lease); }
  // The threads together computed so many samples of the lease in this time.
  void noteSpan(const Lease& lease, std::uint64_t samples, Duration busy);

  // The smoothed time of the latest calls.  Zero before the first.
  Duration roundTrip() const { return roundTrip_.value_or(Duration::zero()); }

  std::uint64_t mark() const;
  // The mark, if it has changed much since this function returned one last.
  std::optional<std::uint64_t> takeChange();

  void checkInvariants() const;

 private:
  struct Kind {
    Sampler sampler{};
    std::uint64_t blockSamples = 0;
    std::uint32_t threads = 0;  // As in Lease.
    auto operator<=>(const Kind&) const = default;
  };
  static Kind kindOf(const Lease& lease) {
    return {.sampler = lease.stream.sampler,
            .blockSamples = lease.blockSamples,
            .threads = lease.threads};
  }

  Duration prefetch_{};
  std::optional<Duration> roundTrip_;
  double firstSpeed_;
  Kind latest_{};
  std::map<Kind, double> speeds_;  // In samples per second, of the kinds that were computed.
  std::uint64_t taken_ = 0;
};

}  // namespace pi::worker
