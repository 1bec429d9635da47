// Changes valid bytes in places that the input chooses: most random bytes are refused at once.
#pragma once

#include <algorithm>
#include <vector>

#include "tests/fuzz/input.h"

namespace pi::fuzz {

// Changes, inserts, doubles or removes bytes, at most 7 times; the input chooses how often. Returns
// false if nothing was changed.
template <typename Byte>
bool edit(Input& input, std::vector<Byte>& bytes) {
  std::size_t edits = input.below(8);
  for (std::size_t i = 0; i < edits && !bytes.empty(); ++i) {
    std::size_t position = std::size_t{input.byte()} << 16 | std::size_t{input.byte()} << 8;
    position = (position | input.byte()) % bytes.size();
    auto at = bytes.begin() + static_cast<std::ptrdiff_t>(position);
    auto value = static_cast<Byte>(input.byte());
    std::size_t most = bytes.size() - position;
    auto count = static_cast<std::ptrdiff_t>(std::min(most, 1 + input.below(64)));
    switch (input.below(5)) {
      case 0:
        *at = static_cast<Byte>(*at ^ value);
        break;
      case 1:
        std::fill(at, at + count, value);
        break;
      case 2:
        bytes.insert(at, static_cast<std::size_t>(count), value);
        break;
      case 3: {
        std::vector<Byte> copy(at, at + count);
        bytes.insert(at, copy.begin(), copy.end());
        break;
      }
      default:
        bytes.erase(at, value == Byte{0} ? bytes.end() : at + count);
        break;
    }
  }
  return edits > 0;
}

}  // namespace pi::fuzz
