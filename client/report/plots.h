// The plots of a report, as SVG.
#pragma once

#include <span>
#include <string>

#include "common/model/convergence_point.h"
#include "common/model/job.h"
#include "common/model/throughput_parts.h"

namespace pi::client {

// The error of the estimate over the number of samples, both logarithmic: the band of the 95 %
// interval, the distance of the estimate from pi, and the slope that theory predicts.  Empty if
// there are no two points whose error is known.
std::string convergencePlot(const JobSpec& spec, std::span<const ConvergencePoint> points);

// Samples a second over the time of the job.  Empty if there are none.
std::string throughputPlot(const ThroughputParts& throughput);

}  // namespace pi::client
