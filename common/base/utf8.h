// Text in UTF-8, character by character.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pi {

// The first character of a text, and how many bytes it takes.
struct Utf8Character {
  std::size_t bytes = 1;
  std::optional<char32_t> code{};  // None if the byte begins no valid character.
};

// `text` must not be empty.  Valid is what RFC 3629 allows: the shortest form, no surrogates, at
// most U+10FFFF.
Utf8Character firstCharacter(std::string_view text);

// Whether a terminal shows the character without doing anything else: false for controls, formats
// and separators (the general categories Cc, Cf, Zs, Zl, Zp of Unicode 15, except for the space).
// Such characters move the cursor, turn the direction of the text around, or cannot be seen.
bool isShowable(char32_t code);

}  // namespace pi
