#include "client/report/plots.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include "client/svg.h"
#include "common/model/estimate.h"

namespace pi::client {
namespace {

using svg::line;
using svg::text;

constexpr double kWidth = 720, kHeight = 300;
constexpr double kLeft = 64, kRight = 12, kTop = 12, kBottom = 44;

// One axis: numbers from `low` to `high` become places in the picture.
struct Axis {
  double low = 0, high = 1;
  double from = 0, to = 1;

  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

Axis horizontal(double low, double high) {
  return {.low = low, .high = high, .from = kLeft, .to = kWidth - kRight};
}
Axis vertical(double low, double high) {
  return {.low = low, .high = high, .from = kHeight - kBottom, .to = kTop};
}

std::string point(double x, double y) { return fmt::format("{:.1f},{:.1f} ", x, y); }

std::string shape(std::string_view element, std::string_view style, const std::string& points) {
  return fmt::format("<{} class=\"{}\" points=\"{}\"/>\n", element, style, points);
}

std::string framed(const std::string& label, const std::string& content) {
  return fmt::format("<svg viewBox=\"0 0 {:g} {:g}\" role=\"img\" aria-label=\"{}\">\n", kWidth,
                     kHeight, svg::escaped(label)) +
         content + "</svg>\n";
}

std::string xTick(const Axis& x, double at, const std::string& label) {
  return line(x.at(at), kTop, x.at(at), kHeight - kBottom, "grid") +
         text(x.at(at), kHeight - kBottom + 16, label, " text-anchor=\"middle\"");
}

std::string yTick(const Axis& y, double at, const std::string& label) {
  return line(kLeft, y.at(at), kWidth - kRight, y.at(at), "grid") +
         text(kLeft - 6, y.at(at) + 4, label, " text-anchor=\"end\"");
}

std::string xTitle(const std::string& title) {
  return text((kLeft + kWidth - kRight) / 2, kHeight - 8, title, " text-anchor=\"middle\"");
}

// ---- convergence: logarithms to the base of 10 ----

struct KnownPoint {
  double samples = 0;
  double error = 0;     // The half of the 95 % interval.
  double distance = 0;  // From the estimate to pi.
};

std::vector<KnownPoint> knownPoints(const JobSpec& spec, std::span<const ConvergencePoint> points) {
  std::vector<KnownPoint> known;
  for (const ConvergencePoint& point : points) {
    std::optional<Estimate> estimate = estimateAt(point, spec);
    if (!estimate) continue;
    // A double near pi has a resolution of 4.4e-16.
    double distance = std::max(std::abs(estimate->pi - std::numbers::pi), 1e-16);
    known.push_back({.samples = std::log10(static_cast<double>(point.samples)),
                     .error = std::log10((estimate->high - estimate->low) / 2),
                     .distance = std::log10(distance)});
  }
  return known;
}

// The error falls so with the samples.
double slopeOf(Sampler sampler) {
  switch (sampler) {
    case Sampler::kRandom:
      return -0.5;
    case Sampler::kSobol:
      return -0.75;
  }
  return 0;
}

// "10⁻⁵"
std::string powerText(int exponent) {
  constexpr std::string_view kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string power = "10";
  for (char digit : std::to_string(exponent)) {
    power += digit == '-' ? std::string_view("⁻") : kDigits[digit - '0'];
  }
  return power;
}

// At most eight powers of ten.
std::string powers(const Axis& axis, std::string (*tick)(const Axis&, double, const std::string&)) {
  int low = static_cast<int>(std::ceil(axis.low)), high = static_cast<int>(std::floor(axis.high));
  int step = (high - low) / 8 + 1;
  std::string drawn;
  for (int power = low; power <= high; power += step) drawn += tick(axis, power, powerText(power));
  return drawn;
}

std::string legend(Sampler sampler) {
  struct Entry {
    const char* style;
    std::string words;
  };
  const Entry entries[] = {
      {"band", "95 % interval: half of its width"},
      {"path", "distance of the estimate from pi"},
      {"law", fmt::format("theory: samples to the power of {:g}", slopeOf(sampler))}};
  std::string drawn;
  double y = kTop + 18;
  for (const Entry& entry : entries) {
    double x = kWidth - kRight - 250;
    drawn += line(x, y - 4, x + 24, y - 4, std::string("key ") + entry.style) +
             text(x + 32, y, entry.words);
    y += 18;
  }
  return drawn;
}

// ---- throughput ----

// With fewer, wider parts: a part in which no lease ends would look like a pause.
ThroughputParts coarsened(const ThroughputParts& fine) {
  constexpr std::size_t kPartsMax = 100;
  std::size_t group = (fine.parts.size() + kPartsMax - 1) / kPartsMax;
  if (group <= 1) return fine;
  ThroughputParts coarse{.begin = fine.begin, .width = fine.width * static_cast<int>(group)};
  for (std::size_t i = 0; i < fine.parts.size(); ++i) {
    if (i % group == 0) coarse.parts.push_back(0);
    coarse.parts.back() += fine.parts[i];
  }
  return coarse;
}

// "2.5 G"
std::string scaledText(double value) {
  constexpr std::string_view kPrefixes[] = {"", " k", " M", " G", " T", " P", " E"};
  std::size_t prefix = 0;
  for (; value >= 1000 && prefix + 1 < std::size(kPrefixes); ++prefix) value /= 1000;
  return fmt::format("{:g}{}", value, kPrefixes[prefix]);
}

}  // namespace

std::string convergencePlot(const JobSpec& spec, std::span<const ConvergencePoint> points) {
  std::vector<KnownPoint> known = knownPoints(spec, points);
  if (known.size() < 2) return "";
  double low = known.front().error, high = low;
  for (const KnownPoint& each : known) {
    low = std::min({low, each.error, each.distance});
    high = std::max({high, each.error, each.distance});
  }
  Axis x = horizontal(known.front().samples, known.back().samples);
  Axis y = vertical(low - 0.2, high + 0.2);
  std::string band = point(x.at(x.low), y.at(y.low)), path;
  for (const KnownPoint& each : known) {
    band += point(x.at(each.samples), y.at(each.error));
    path += point(x.at(each.samples), y.at(each.distance));
  }
  band += point(x.at(x.high), y.at(y.low));
  // Through the last error, back to the first number of samples or to the top.
  Sampler sampler = spec.stream.sampler;
  double length = std::min(x.high - x.low, (known.back().error - y.high) / slopeOf(sampler));
  double first = x.high - length, last = known.back().error;
  std::string law =
      point(x.at(first), y.at(last - slopeOf(sampler) * length)) + point(x.at(x.high), y.at(last));
  return framed("Convergence", powers(x, xTick) + powers(y, yTick) + xTitle("samples") +
                                   shape("polygon", "band", band) + shape("polyline", "law", law) +
                                   shape("polyline", "path", path) + legend(sampler));
}

std::string throughputPlot(const ThroughputParts& all) {
  ThroughputParts throughput = coarsened(all);
  double width = seconds(throughput.width), begin = seconds(throughput.begin);
  double most = 0;
  for (std::uint64_t part : throughput.parts) {
    most = std::max(most, static_cast<double>(part) / width);
  }
  if (most <= 0) return "";
  double end = begin + width * static_cast<double>(throughput.parts.size());
  Axis x = horizontal(begin, end);
  Axis y = vertical(0, most * 1.08);
  std::string area = point(x.at(begin), y.at(0));
  double time = begin;
  for (std::uint64_t part : throughput.parts) {
    double rate = static_cast<double>(part) / width;
    area += point(x.at(time), y.at(rate)) + point(x.at(time + width), y.at(rate));
    time += width;
  }
  area += point(x.at(end), y.at(0));
  std::string grid;
  double xStep = svg::stepFor(end - begin, 0.01), yStep = svg::stepFor(most, 0.01);
  for (double at = std::ceil(begin / xStep) * xStep; at <= end; at += xStep) {
    grid += xTick(x, at, fmt::format("{:g}", at));
  }
  for (double at = 0; at <= y.high; at += yStep) grid += yTick(y, at, scaledText(at));
  return framed("Throughput",
                grid + xTitle("seconds since the submission") + shape("polygon", "rate", area));
}

}  // namespace pi::client
