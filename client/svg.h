// Pieces of SVG pictures and HTML pages.
#pragma once

#include <string>
#include <string_view>

namespace pi::client::svg {

// Text as the content of an element or the value of an attribute.
std::string escaped(std::string_view text);

// `more` are attributes, with a space in front.
std::string text(double x, double y, std::string_view words, std::string_view more = "");

std::string line(double x1, double y1, double x2, double y2, std::string_view style);

// A round step that divides an axis up to `max` into at most eight parts: 1, 2 or 5 times a power
// of ten, and at least `least`, which is a power of ten.
double stepFor(double max, double least);

}  // namespace pi::client::svg
