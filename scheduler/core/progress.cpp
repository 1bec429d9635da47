#include "scheduler/core/progress.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::scheduler {

Progress::Progress(const Stream& stream, std::uint64_t samples, std::uint64_t chunkSize)
    : strata_(strataCount(stream.sampler)), jobSamples_(samples), chunkSize_(chunkSize) {
  PI_CHECK(chunkSize > 0);
}

void Progress::add(const Tally& tally) {
  SampleRange range = tally.range;
  PI_CHECK(range.begin < range.end);
  PI_CHECK(range.end <= jobSamples_);
  counted_ += range.size();
  PI_CHECK(counted_ <= jobSamples_);
  hits_ += tally.hits;
  for (std::size_t i = 0; i < strata_; ++i) {
    stratumSamples_[i] += stratumSize(range, i, strata_);
  }
  std::uint64_t first = range.begin / chunkSize_, last = (range.end - 1) / chunkSize_;
  if (first == last) return addToChunk(first, range.size());
  addToChunk(first, (first + 1) * chunkSize_ - range.begin);
  addToChunk(last, range.end - last * chunkSize_);
  wholeChunks_ += last - first - 1;
}

void Progress::extend(std::uint64_t samples) {
  PI_CHECK(samples >= jobSamples_);
  std::uint64_t last = (jobSamples_ - 1) / chunkSize_;
  std::uint64_t size = sizeOfChunk(last);
  jobSamples_ = samples;
  auto known = partial_.find(last);
  bool wasWhole = known != partial_.end() && known->second == size;
  if (wasWhole && sizeOfChunk(last) > size) --wholeChunks_;
}

std::uint64_t Progress::sizeOfChunk(std::uint64_t chunk) const {
  return std::min(chunkSize_, jobSamples_ - chunk * chunkSize_);
}

void Progress::addToChunk(std::uint64_t chunk, std::uint64_t samples) {
  std::uint64_t size = sizeOfChunk(chunk);
  auto known = partial_.find(chunk);
  std::uint64_t sum = samples + (known == partial_.end() ? 0 : known->second);
  PI_CHECK(sum <= size);
  // A short last chunk stays in partial_ when it is whole: the job may be extended.
  if (sum < chunkSize_) {
    partial_.insert_or_assign(chunk, sum);
  } else if (known != partial_.end()) {
    partial_.erase(known);
  }
  if (sum == size) ++wholeChunks_;
}

void Progress::checkInvariants() const {
  std::uint64_t inStrata = 0, inPartial = 0, wholeOfPartial = 0;
  for (std::size_t i = 0; i < strata_; ++i) {
    PI_CHECK(hits_.strata[i] <= stratumSamples_[i]);
    inStrata += stratumSamples_[i];
  }
  PI_CHECK(inStrata == counted_);
  for (const auto& [chunk, samples] : partial_) {
    PI_CHECK(samples > 0);
    PI_CHECK(samples < chunkSize_);
    PI_CHECK(samples <= sizeOfChunk(chunk));
    inPartial += samples;
    wholeOfPartial += samples == sizeOfChunk(chunk);
  }
  PI_CHECK(wholeOfPartial <= wholeChunks_);
  PI_CHECK((wholeChunks_ - wholeOfPartial) * chunkSize_ + inPartial == counted_);
}

}  // namespace pi::scheduler
