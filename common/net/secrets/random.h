// Random bytes from OpenSSL's generator, which cannot be guessed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pi::net {

std::string randomBytes(std::size_t count);

// A random number, evenly distributed over all 64 bits.
std::uint64_t randomNumber();

// The bytes in lower-case hex, two digits a byte.
std::string hexText(std::string_view bytes);

}  // namespace pi::net
