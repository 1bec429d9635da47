#include "client/table.h"

#include <algorithm>

#include "common/base/text_width.h"

namespace pi::client {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kGap = 2;

// A column that is shown.
struct Shown {
  std::size_t index;
  std::size_t width;
  int importance;
};

std::vector<Shown> columnsWithValues(std::span<const Column> columns, const Rows& rows) {
  std::vector<Shown> shown;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::size_t width = columnsOf(columns[i].title);
    bool hasValue = columns[i].importance == kAlways;
    for (const auto& row : rows) {
      width = std::max(width, columnsOf(row[i]));
      hasValue = hasValue || row[i] != kNone;
    }
    if (hasValue) shown.push_back({i, width, columns[i].importance});
  }
  return shown;
}

std::size_t widthOf(const std::vector<Shown>& shown) {
  std::size_t width = 0;
  for (const Shown& column : shown) width += column.width + (width == 0 ? 0 : kGap);
  return width;
}

template <typename CellOf>
std::string line(const std::vector<Shown>& shown, CellOf cellOf) {
  std::string cells;
  for (const Shown& column : shown) {
    const auto& cell = cellOf(column.index);
    cells += cell;
    cells.append(column.width - columnsOf(cell) + kGap, ' ');
  }
  cells.erase(cells.find_last_not_of(' ') + 1);
  return cells + "\n";
}

}  // namespace

std::string table(std::span<const Column> columns, const Rows& rows, std::size_t width) {
  std::vector<Shown> shown = columnsWithValues(columns, rows);
  while (width != 0 && widthOf(shown) > width) {
    auto least = std::ranges::min_element(shown, {}, &Shown::importance);
    if (least->importance == kAlways) break;
    shown.erase(least);
  }
  std::string text = line(shown, [&](std::size_t index) { return columns[index].title; });
  for (const auto& row : rows) {
    text += line(shown, [&](std::size_t index) -> const std::string& { return row[index]; });
  }
  return text;
}

}  // namespace pi::client
