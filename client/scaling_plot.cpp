#include "client/scaling_plot.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "client/svg.h"

namespace pi::client {
namespace {

using svg::line;
using svg::text;

constexpr double kWidth = 960, kHeight = 640;
constexpr double kLeft = 90, kRight = 30, kTop = 90, kBottom = 80;

// Where a number of threads and a speed-up are in the picture.
class Axes {
 public:
  Axes(double threadsMax, double speedUpMax) : xMax_(threadsMax), yMax_(speedUpMax) {}

  double x(double threads) const { return kLeft + threads / xMax_ * (kWidth - kLeft - kRight); }
  double y(double speedUp) const {
    return kHeight - kBottom - speedUp / yMax_ * (kHeight - kTop - kBottom);
  }
  std::string point(double threads, double speedUp) const {
    return fmt::format("{:.1f},{:.1f}", x(threads), y(speedUp));
  }
  double xMax() const { return xMax_; }
  double yMax() const { return yMax_; }

 private:
  double xMax_;
  double yMax_;
};

std::string grid(const Axes& axes) {
  std::string svg;
  for (double at = 0; at <= axes.xMax(); at += svg::stepFor(axes.xMax(), 1)) {
    svg += line(axes.x(at), axes.y(0), axes.x(at), axes.y(axes.yMax()), "grid");
    svg += text(axes.x(at), axes.y(0) + 28, fmt::format("{:g}", at), " text-anchor=\"middle\"");
  }
  for (double at = 0; at <= axes.yMax(); at += svg::stepFor(axes.yMax(), 1)) {
    svg += line(axes.x(0), axes.y(at), axes.x(axes.xMax()), axes.y(at), "grid");
    svg += text(axes.x(0) - 12, axes.y(at) + 7, fmt::format("{:g}", at), " text-anchor=\"end\"");
  }
  return svg;
}

std::string lawCurve(const Axes& axes, ScalingMode mode, double fraction) {
  constexpr int kPieces = 100;
  std::string points;
  for (int i = 0; i <= kPieces; ++i) {
    double threads = 1 + (axes.xMax() - 1) * i / kPieces;
    double speedUp = speedUpByLaw(mode, fraction, threads);
    if (speedUp <= axes.yMax()) points += axes.point(threads, speedUp) + " ";
  }
  return "<polyline class=\"law\" points=\"" + points + "\"/>\n";
}

// The speed-up of a round that took `seconds`.
double speedUpAt(const ScalingRow& row, double seconds) {
  return row.speedUp * row.seconds / seconds;
}

std::string measured(const Axes& axes, std::span<const ScalingRow> rows) {
  std::string svg;
  for (const ScalingRow& row : rows) {
    double best = speedUpAt(row, row.fastest), worst = speedUpAt(row, row.slowest);
    svg += line(axes.x(row.threads), axes.y(best), axes.x(row.threads), axes.y(worst), "range");
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"7\"/>\n", axes.x(row.threads),
                       axes.y(row.speedUp));
  }
  return svg;
}

std::string legend(const Axes& axes, ScalingMode mode,
                   const std::optional<SerialFraction>& fraction) {
  double x = axes.x(0) + 24, y = axes.y(axes.yMax()) + 30;
  std::string svg = line(x, y - 6, x + 40, y - 6, "ideal") + text(x + 52, y, "ideal");
  if (!fraction) return svg;
  y += 30;
  const char* law = mode == ScalingMode::kWeak ? "Gustafson" : "Amdahl";
  return svg + line(x, y - 6, x + 40, y - 6, "law") +
         text(x + 52, y,
              fmt::format("{}, serial fraction {:.2f} % \u00b1 {:.2f} %", law,
                          100 * fraction->value, 100 * fraction->error));
}

}  // namespace

std::string scalingPlot(ScalingMode mode, std::span<const ScalingRow> rows,
                        const std::optional<SerialFraction>& fraction, const std::string& caption) {
  double threadsMax = 2, speedUpMax = 2;
  for (const ScalingRow& row : rows) {
    double best = speedUpAt(row, row.fastest);
    threadsMax = std::max<double>(threadsMax, row.threads);
    speedUpMax = std::max({speedUpMax, best, double(row.threads)});
  }
  Axes axes(threadsMax * 1.05, speedUpMax * 1.05);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" "
      "viewBox=\"0 0 {0:g} {1:g}\">\n",
      kWidth, kHeight);
  svg +=
      "<style>text { font: 20px sans-serif; fill: #222 } .title { font-size: 26px } line, polyline "
      "{ fill: none; stroke-width: 3 } .grid { stroke: #ddd; stroke-width: 1 } .ideal { stroke: "
      "#888; stroke-dasharray: 10 7 } .law { stroke: #c2410c } .range { stroke: #1d4ed8 } circle { "
      "fill: #1d4ed8 }</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  svg += text(kLeft, 40, mode == ScalingMode::kWeak ? "Weak scaling" : "Strong scaling",
              " class=\"title\"");
  svg += text(kLeft, 70, caption);
  svg += grid(axes);
  svg += line(axes.x(0), axes.y(0), axes.x(threadsMax), axes.y(threadsMax), "ideal");
  if (fraction) svg += lawCurve(axes, mode, std::max(0.0, fraction->value));
  svg += measured(axes, rows) + legend(axes, mode, fraction);
  svg += text((axes.x(0) + axes.x(axes.xMax())) / 2, kHeight - 20, "threads",
              " text-anchor=\"middle\"");
  double middle = (axes.y(0) + axes.y(axes.yMax())) / 2;
  svg += text(30, middle, "speed-up",
              fmt::format(" text-anchor=\"middle\" transform=\"rotate(-90 30 {:.1f})\"", middle));
  return svg + "</svg>\n";
}

}  // namespace pi::client
