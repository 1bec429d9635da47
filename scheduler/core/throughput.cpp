#include "scheduler/core/throughput.h"

#include <algorithm>
#include <numeric>

#include "common/base/check.h"

namespace pi::scheduler {

Throughput::Throughput(std::size_t max) : max_(max) { PI_CHECK(max >= 2); }

void Throughput::add(std::uint64_t samples, Duration elapsed) {
  total_ += samples;
  auto parts = static_cast<Duration::rep>(parts_.size());
  if (parts > 0 && elapsed <= begin_ + parts * width_) {  // As nearly always: the last part.
    parts_.back() += samples;
    return;
  }
  // The samples of the first tally were computed before it came.
  if (parts_.empty()) begin_ = std::max(Duration{}, elapsed - width_);
  Duration since = std::max(Duration(1), elapsed - begin_) - Duration(1);
  while (since / width_ >= static_cast<Duration::rep>(max_)) halve();
  auto part = static_cast<std::size_t>(since / width_);
  if (part >= parts_.size()) parts_.resize(part + 1);
  parts_[part] += samples;
}

void Throughput::halve() {
  std::size_t half = (parts_.size() + 1) / 2;
  for (std::size_t i = 0; i < half; ++i) {
    std::uint64_t second = 2 * i + 1 < parts_.size() ? parts_[2 * i + 1] : 0;
    parts_[i] = parts_[2 * i] + second;
  }
  parts_.resize(half);
  parts_.shrink_to_fit();
  width_ *= 2;
}

void Throughput::checkInvariants() const {
  PI_CHECK(parts_.size() <= max_);
  PI_CHECK(std::accumulate(parts_.begin(), parts_.end(), std::uint64_t{0}) == total_);
}

}  // namespace pi::scheduler
