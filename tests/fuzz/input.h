// What a fuzz target has to define, and an input read as decisions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

// Takes any bytes.  Whatever must not happen aborts the process.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace pi::fuzz {

// Reads from the front.  Once the bytes are used up, everything reads as zero.
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

  // In [0, end), of one byte; 1 <= end <= 256.
  std::size_t below(std::size_t end) { return byte() % end; }

  // Of eight bytes.
  std::uint64_t number() {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | byte();
    return number;
  }

  // Of three bytes: as likely to be small as to be large, up to `bitsMax` bits; at most 64.
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
