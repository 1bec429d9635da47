// "Did you mean": finds the word that a user probably wanted to write.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pi::cli {

// The candidate that is most like the word; empty if none is alike.
std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates);

// "; did you mean list?" for such a candidate, written after `mark`, as in "--"; else `otherwise`.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates,
                       std::string_view mark, std::string_view otherwise);

}  // namespace pi::cli
