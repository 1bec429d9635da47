// The terminal behind stdout and stderr, and writing to it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace pi::cli {

// The width of the terminal that the file is; nullopt if it is none or does not say.
std::optional<std::size_t> windowColumns(int file);

// The same for its height.
std::optional<std::size_t> windowRows(int file);

// The width that text for people should fit: $COLUMNS, else that of the terminal.
std::optional<std::size_t> layoutColumns(int file);

// Reads the user's locale for characters (LC_CTYPE): UTF-8, or else ASCII.  To be called once, at
// the start.
void useLocaleOfUser();

// Whether the locale writes text in UTF-8.
bool isUtf8Locale();

// Writes all of the text to stdout.  Returns why that failed; nullopt if it did not, or if the
// reader has closed the pipe.
std::optional<std::string> writeToStdout(const std::string& text);

}  // namespace pi::cli
