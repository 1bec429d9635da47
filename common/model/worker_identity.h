// The identity that a scheduler gives to a worker: the worker's number, the lowest byte first, and
// a code that only the scheduler can make.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/model/ids.h"

namespace pi {

inline constexpr std::size_t kIdentityNumberBytes = 8;

// The number at the front, whatever the code is; nullopt if the identity is too short for one.
constexpr std::optional<WorkerId> numberIn(std::string_view identity) {
  if (identity.size() <= kIdentityNumberBytes) return std::nullopt;
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < kIdentityNumberBytes; ++i) {
    id |= std::uint64_t{static_cast<unsigned char>(identity[i])} << 8 * i;
  }
  return WorkerId{id};
}

}  // namespace pi
