// A hash that no one can find two texts for.
#pragma once

#include <string>
#include <string_view>

namespace pi::net {

// SHA-256 of the text, in hex (64 digits), as the program sha256sum prints it.
std::string sha256(std::string_view text);

}  // namespace pi::net
