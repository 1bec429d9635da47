// How a job converges, as a line on a terminal.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/model/convergence_point.h"
#include "common/model/job.h"

namespace pi::client::top {

struct ChartPoint {
  double samples = 0;  // At least 1.
  double error = 0;    // The standard error; above zero.
};

// Those points at which the error of the job is known.
std::vector<ChartPoint> chartPoints(const JobSpec& spec, std::span<const ConvergencePoint> points);

struct ChartSize {
  std::size_t columns = 0;
  std::size_t rows = 0;
};

// The error against the samples, both logarithmic: a line in braille dots, or in asterisks where
// text is not UTF-8.  `rows` lines of `columns` characters each, with the largest and the smallest
// error in front; blank without points, or if there is no room.
std::vector<std::string> chart(std::span<const ChartPoint> points, ChartSize size, bool isUtf8);

// "3.2e-7"
std::string powerText(double number);

}  // namespace pi::client::top
