// The function that each fuzz target defines, and an input that is read as decisions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

// Takes any bytes.  Aborts the process if something happens that must not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace pi::fuzz {

// Reads from the front.  After the last byte, everything reads as zero.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

  bool isEmpty() const { return bytes_.empty(); }

  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }

  // In [0, end); takes one byte; 1 <= end <= 256.
  std::size_t below(std::size_t end) { return byte() % end; }

  // Takes eight bytes.
  std::uint64_t number() {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | byte();
    return number;
  }

  // Takes three bytes.  All sizes up to `bitsMax` bits are equally likely; bitsMax <= 64.
  std::uint64_t magnitude(unsigned bitsMax) {
    auto bits = static_cast<unsigned>(below(bitsMax + 1));
    std::uint64_t digits = std::uint64_t{byte()} << 8 | byte();
    std::uint64_t top = bits == 0 ? 0 : std::uint64_t{1} << (bits - 1);
    std::uint64_t below16 = top == 0 ? 0 : digits & (top - 1);
    return top | (bits > 17 ? below16 | digits << (bits - 17) : below16);
  }

  std::span<const std::uint8_t> rest() const { return bytes_; }
  std::string text() const { return {bytes_.begin(), bytes_.end()}; }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace pi::fuzz
