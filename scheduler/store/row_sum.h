// A checksum over the values of one row, since SQLite has none: a flipped bit in a number of hits
// would pass every check of the file's structure, and change a result.
#pragma once

#include <cstdint>
#include <string_view>

namespace pi::scheduler {

// FNV-1a, 64 bits (Fowler, Noll and Vo, IETF draft-eastlake-fnv): every step is a bijection, so a
// change of one byte never goes unnoticed.  Against accidents; an owner may write what he likes.
class RowSum {
 public:
  void add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) addByte(static_cast<std::uint8_t>(number >> shift));
  }
  void add(std::string_view bytes) {
    add(std::uint64_t{bytes.size()});
    for (char byte : bytes) addByte(static_cast<std::uint8_t>(byte));
  }
  std::uint64_t value() const { return sum_; }

 private:
  void addByte(std::uint8_t byte) { sum_ = (sum_ ^ byte) * 0x100000001B3u; }

  std::uint64_t sum_ = 0xCBF29CE484222325u;
};

}  // namespace pi::scheduler
