// Tables for people that fit the width of a terminal.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pi::client {

struct Column {
  std::string_view title;
  int importance =
      0;  // If there is no room for all columns, the least important is left out first.
};

// A column of this importance is never left out.
inline constexpr int kAlways = 100;

// A cell without a value.
inline constexpr std::string_view kNone = "-";

// One line for the titles and one for each row, in columns.  A column in which no cell has a value
// is left out, and those for which there is no room within `width`; 0: there is room for all.
std::string table(std::span<const Column> columns,
                  const std::vector<std::vector<std::string>>& rows, std::size_t width);

}  // namespace pi::client
