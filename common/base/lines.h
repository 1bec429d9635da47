// Text as lines.
#pragma once

#include <string>
#include <vector>

namespace pi {

// Without their newlines.  Text after the last newline is a line, too, unless it is empty.
std::vector<std::string> linesOf(const std::string& text);

}  // namespace pi
