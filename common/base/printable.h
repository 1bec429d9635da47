// Text from outside, made safe for a terminal or a log line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pi {

// Each control character, a line's end among them, replaced by '?'.
std::string printable(std::string_view text);

// The same in quotes, cut to what fits in an error sentence.
std::string quoted(std::string_view text);

// At most 64 bytes of it, as whole characters, with dots if that is not all: for a log line.
std::string shortened(std::string_view text);

// How many columns UTF-8 text takes on a terminal, if each of its characters takes one.
std::size_t columnsOf(std::string_view text);

}  // namespace pi
