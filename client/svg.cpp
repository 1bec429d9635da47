#include "client/svg.h"

#include <spdlog/fmt/fmt.h>

namespace pi::client::svg {

std::string escaped(std::string_view text) {
  std::string safe;
  for (char each : text) {
    switch (each) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += each;
    }
  }
  return safe;
}

std::string text(double x, double y, std::string_view words, std::string_view more) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, more, escaped(words));
}

std::string line(double x1, double y1, double x2, double y2, std::string_view style) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2,
      y2, style);
}

double stepFor(double max, double least) {
  for (double power = least;; power *= 10) {
    for (double factor : {1, 2, 5}) {
      if (max / (factor * power) <= 8) return factor * power;
    }
  }
}

}  // namespace pi::client::svg
