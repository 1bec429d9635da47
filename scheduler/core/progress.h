// The counted part of one job as running totals, so that reading them takes constant time.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "common/model/job.h"
#include "common/model/tally.h"

namespace pi::scheduler {

// The law: every total is the sum over the tallies that were added, which Ledger checks.  A chunk
// is whole when all its samples were added.  `partial_` has an entry for each chunk of which some,
// but fewer than chunkSize samples were added; these and the whole chunks have all samples.
class Progress {
 public:
  Progress(const Stream& stream, std::uint64_t samples, std::uint64_t chunkSize);

  void add(const Tally& tally);  // Its range was not added before, and is within the job.

  // The job has `samples` samples from now on; it had fewer before.
  void extend(std::uint64_t samples);

  std::uint64_t samples() const { return counted_; }
  std::uint64_t wholeChunks() const { return wholeChunks_; }
  const Hits& hits() const { return hits_; }
  // The samples that were added of each stratum.
  const std::array<std::uint64_t, kStrataMax>& stratumSamples() const { return stratumSamples_; }
  bool operator==(const Progress&) const = default;
  void checkInvariants() const;

 private:
  std::uint64_t sizeOfChunk(std::uint64_t chunk) const;
  void addToChunk(std::uint64_t chunk, std::uint64_t samples);

  std::size_t strata_;
  std::uint64_t jobSamples_;
  std::uint64_t chunkSize_;
  std::uint64_t counted_ = 0;
  std::uint64_t wholeChunks_ = 0;
  Hits hits_;
  std::array<std::uint64_t, kStrataMax> stratumSamples_{};
  std::map<std::uint64_t, std::uint64_t> partial_;  // Chunk to samples, at most two for each gap.
};

}  // namespace pi::scheduler
