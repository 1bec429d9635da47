// An id that no other job ever has, also after a state directory was lost or restored.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

namespace pi {

// 128 random bits, drawn by the scheduler when the job is submitted.  All zero means none.
struct JobUid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const JobUid&) const = default;
};

// 32 hexadecimal digits.
std::string hexText(const JobUid& uid);

}  // namespace pi
