// The variables of a program that is started: "NAME=value" each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pi::allocation {

// "NAME" of "NAME=value".
std::string_view nameIn(std::string_view variable);

// `own`, with `added` in place of those with the same names.
std::vector<std::string> withVariables(const std::vector<std::string>& own,
                                       const std::vector<std::string>& added);

}  // namespace pi::allocation
