// The place of a type among the alternatives of a variant.
#pragma once

#include <cstddef>
#include <type_traits>
#include <variant>

namespace pi::fuzz {

template <typename Variant, typename Wanted, std::size_t index = 0>
constexpr std::size_t indexIn() {
  if constexpr (std::is_same_v<std::variant_alternative_t<index, Variant>, Wanted>) {
    return index;
  } else {
    return indexIn<Variant, Wanted, index + 1>();
  }
}

}  // namespace pi::fuzz
