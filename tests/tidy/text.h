// Small functions on source text that the tidy rules share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source_tree.h"

namespace pi::tidy {

// Where a rule is broken, and how: "path:line: sentence".
using Offence = std::string;
using Offences = std::vector<Offence>;

// `index` counts lines from 0.
Offence at(const SourceFile& file, std::size_t index, const std::string& sentence);

bool contains(std::string_view text, std::string_view part);
bool startsWithAny(std::string_view text, const std::vector<std::string_view>& starts);
bool isInAny(const SourceFile& file, const std::vector<std::string_view>& paths);

// Letters, digits and the underscore.
bool isWordCharacter(char c);

// The position of `word` as a whole word in `text`, not before `from`; npos if there is none.
std::size_t findWord(std::string_view text, std::string_view word, std::size_t from = 0);

// The file's lines joined by '\n', with comments and the contents of string and character literals
// replaced by spaces, so that positions and lines stay the same.
std::string codeOnly(const SourceFile& file);

}  // namespace pi::tidy
