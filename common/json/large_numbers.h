// Numbers in JSON that can exceed 2^53.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/json/documents.h"

namespace pi {

// Adds the number, and "NAME_text" with its digits, because many programs read the numbers of JSON
// as doubles.
inline void putLarge(Json& object, const std::string& name, std::uint64_t number) {
  object[name] = number;
  object[name + "_text"] = std::to_string(number);
}

// The same for a list.
inline void putLarge(Json& object, const std::string& name,
                     const std::vector<std::uint64_t>& numbers) {
  object[name] = numbers;
  Json& texts = object[name + "_text"] = Json::array();
  for (std::uint64_t number : numbers) texts.push_back(std::to_string(number));
}

}  // namespace pi
