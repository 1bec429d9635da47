#include "client/top/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "common/model/estimate.h"
#include "common/model/sampler.h"

namespace pi::client::top {
namespace {

constexpr std::size_t kLabelColumns = 8;

// Dots, the first row on top.
class Canvas {
 public:
  Canvas(std::size_t columns, std::size_t rows)
      : columns_(columns), rows_(rows), dots_(columns * rows, false) {}

  std::size_t columns() const { return columns_; }
  std::size_t rows() const { return rows_; }
  bool at(std::size_t column, std::size_t row) const { return dots_[row * columns_ + column]; }
  void set(std::size_t column, std::size_t row) { dots_[row * columns_ + column] = true; }

 private:
  std::size_t columns_;
  std::size_t rows_;
  std::vector<bool> dots_;
};

// A range of values, and where a value is among `places` places.
struct Axis {
  Axis(std::span<const ChartPoint> points, double ChartPoint::*field) {
    auto [least, most] = std::ranges::minmax_element(points, {}, field);
    low = std::log10((*least).*field);
    high = std::log10((*most).*field);
  }
  std::size_t placeOf(double value, std::size_t places) const {
    double share = high > low ? (std::log10(value) - low) / (high - low) : 0;
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(places - 1)));
  }

  double low = 0;
  double high = 0;
};

// A line from the left to the right that has no gaps.
void drawLine(Canvas& canvas, std::span<const ChartPoint> points) {
  Axis samples(points, &ChartPoint::samples);
  Axis errors(points, &ChartPoint::error);
  std::optional<std::size_t> lastColumn;
  std::size_t lastRow = 0;
  for (const ChartPoint& point : points) {
    std::size_t column = samples.placeOf(point.samples, canvas.columns());
    std::size_t row = canvas.rows() - 1 - errors.placeOf(point.error, canvas.rows());
    std::size_t from = lastColumn.value_or(column);
    std::size_t startRow = lastColumn ? lastRow : row;
    std::size_t steps =
        std::max({column - std::min(from, column),
                  std::max(row, startRow) - std::min(row, startRow), std::size_t{1}});
    for (std::size_t step = 0; step <= steps; ++step) {
      double share = static_cast<double>(step) / static_cast<double>(steps);
      auto between = [share](std::size_t begin, std::size_t end) {
        return static_cast<std::size_t>(
            std::lround(static_cast<double>(begin) +
                        share * (static_cast<double>(end) - static_cast<double>(begin))));
      };
      canvas.set(between(from, column), between(startRow, row));
    }
    lastColumn = column;
    lastRow = row;
  }
}

// U+2800 and a bit for each of two columns and four rows of dots.
std::string braille(const Canvas& canvas, std::size_t column, std::size_t row) {
  constexpr std::array<std::array<unsigned, 2>, 4> kBits{
      {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
  unsigned bits = 0;
  for (std::size_t y = 0; y < kBits.size(); ++y) {
    for (std::size_t x = 0; x < kBits[y].size(); ++x) {
      if (canvas.at(2 * column + x, 4 * row + y)) bits |= kBits[y][x];
    }
  }
  if (bits == 0) return " ";
  return {'\xE2', static_cast<char>(0xA0 | bits >> 6), static_cast<char>(0x80 | (bits & 0x3F))};
}

std::string asterisk(const Canvas& canvas, std::size_t column, std::size_t row) {
  return canvas.at(column, row) ? "*" : " ";
}

std::string label(double error) {
  std::string text = powerText(error);
  text.resize(kLabelColumns, ' ');
  return text;
}

}  // namespace

std::string powerText(double number) {
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%.1e", number);
  std::string text(digits.data());
  // "3.2e-07" is written 3.2e-7, and "3.2e+07" 3.2e7.
  std::size_t exponent = text.find('e') + 1;
  if (text[exponent] == '+') {
    text.erase(exponent, 1);
  } else {
    ++exponent;
  }
  while (exponent + 1 < text.size() && text[exponent] == '0') text.erase(exponent, 1);
  return text;
}

std::vector<ChartPoint> chartPoints(const JobSpec& spec, std::span<const ConvergencePoint> points) {
  std::vector<ChartPoint> known;
  for (const ConvergencePoint& point : points) {
    if (std::optional<Estimate> found = estimateAt(point, spec)) {
      known.push_back(
          {.samples = static_cast<double>(point.samples), .error = found->standardError});
    }
  }
  return known;
}

std::vector<std::string> chart(std::span<const ChartPoint> points, ChartSize size, bool isUtf8) {
  std::vector<std::string> lines(size.rows, std::string(size.columns, ' '));
  if (points.empty() || size.rows == 0 || size.columns <= kLabelColumns) return lines;
  std::size_t columns = size.columns - kLabelColumns;
  Canvas canvas(isUtf8 ? 2 * columns : columns, isUtf8 ? 4 * size.rows : size.rows);
  drawLine(canvas, points);
  auto [least, most] = std::ranges::minmax_element(points, {}, &ChartPoint::error);
  for (std::size_t row = 0; row < size.rows; ++row) {
    std::string& line = lines[row];
    line = std::string(kLabelColumns, ' ');
    if (row + 1 == size.rows) line = label(least->error);
    if (row == 0) line = label(most->error);
    for (std::size_t column = 0; column < columns; ++column) {
      line += isUtf8 ? braille(canvas, column, row) : asterisk(canvas, column, row);
    }
  }
  return lines;
}

}  // namespace pi::client::top
