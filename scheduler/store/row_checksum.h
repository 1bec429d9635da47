// A checksum over the values of one row.  SQLite has none: a flipped bit in a count of hits would
// pass all checks of the file's structure and change a result.
#pragma once

#include <cstdint>
#include <string_view>

namespace pi::scheduler {

// FNV-1a with 64 bits (Fowler, Noll and Vo, IETF draft-eastlake-fnv).  Each step is a bijection, so
// every change of a single byte changes the checksum.  It detects accidents; it does not stop the
// file's owner from writing other values.
class RowChecksum {
 public:
  void add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) addByte(static_cast<std::uint8_t>(number >> shift));
  }
  void add(std::string_view bytes) {
    add(std::uint64_t{bytes.size()});
    for (char byte : bytes) addByte(static_cast<std::uint8_t>(byte));
  }
  std::uint64_t value() const { return value_; }

 private:
  void addByte(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x100000001B3u; }

  std::uint64_t value_ = 0xCBF29CE484222325u;
};

}  // namespace pi::scheduler
