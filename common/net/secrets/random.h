// Bytes that nobody can guess.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pi::net {

std::string randomBytes(std::size_t count);
std::uint64_t randomNumber();

std::string hexText(std::string_view bytes);

}  // namespace pi::net
