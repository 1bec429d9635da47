// Text as words, as a shell would read it, and words as such text.  No shell is run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/quantity.h"

namespace pi::allocation {

// Splits at spaces and tabs; quotes and backslashes work as in sh.  Nothing is replaced: a "$" or a
// "`" that a shell would act on is an error, and "*", "|" and "~" are plain characters.
Parsed<std::vector<std::string>> shellWords(std::string_view text);

// The word as a shell reads it: 'a b' for "a b"; as it is if no character of it needs quotes.
std::string shellQuoted(std::string_view word);

// All of them, with spaces between.
std::string shellText(const std::vector<std::string>& words);

}  // namespace pi::allocation
