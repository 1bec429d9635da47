// The width of text on a terminal, in columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pi {

// The number of terminal columns that UTF-8 text takes.  In a UTF-8 locale (LC_CTYPE) a wide
// character, such as a Chinese one, takes two and an accent of its own takes none; in any other
// locale each character takes one.
std::size_t columnsOf(std::string_view text);

// The longest front of the text that takes at most `columns`.  Cuts only between characters.
std::string cutTo(std::string_view text, std::size_t columns);

// `text` broken at blanks (a line end is one) into lines of at most `columns`, unless a single word
// is longer.  Each line but the first begins with `indent` blanks.  The first one begins at column
// `start`.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t start,
                    std::size_t columns);

}  // namespace pi
