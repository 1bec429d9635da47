// Measures the head of a request while it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "scheduler/http/limits.h"

namespace pi::scheduler::http {

// kj-http 0.9.2 takes heads of 128 KiB, any number of headers, and keeps each step of joining
// headers that are repeated: the lines of one head could cost 500 MB.  So a head is cut off here,
// before it is parsed.  Counts what was received since the last request was complete: a part of its
// body may be among it.
class HeadMeter {
 public:
  void add(std::span<const std::byte> received) {
    bytes_ += received.size();
    for (std::byte byte : received) {
      lines_ += byte == std::byte{'\n'} ? 1 : 0;
      last_ = last_ << 8 | std::to_integer<std::uint32_t>(byte);
    }
  }
  void restart() { bytes_ = lines_ = 0; }
  // Whether the last bytes are those of an empty line.
  bool endsWithHead() const { return last_ == 0x0d0a0d0a; }
  bool isWithinLimits() const { return bytes_ <= kHeadBytesMax && lines_ <= kHeadLinesMax; }

 private:
  std::size_t bytes_ = 0;
  std::size_t lines_ = 0;
  std::uint32_t last_ = 0;  // The last four bytes.
};

}  // namespace pi::scheduler::http
