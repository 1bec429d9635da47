// Makes text from users and other machines safe to print.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pi {

// Replaces by '?' what isShowable() refuses, line ends among it, and each byte that is no UTF-8.
std::string printable(std::string_view text);

// The longest front of `text` that has at most `bytesMax` bytes and ends between characters.
std::string_view frontOf(std::string_view text, std::size_t bytesMax);

// printable(text) in double quotes, shortened to fit into an error sentence.
std::string quoted(std::string_view text);

// At most kLoggedBytesMax bytes of `text`.  Cuts only between characters; "..." marks the cut.
std::string shortened(std::string_view text);

}  // namespace pi
