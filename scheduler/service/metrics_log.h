// The core's counters as lines of the log.
#pragma once

#include <string>

#include "scheduler/core/metrics.h"

namespace pi::scheduler {

// The counters that explain how well the work was shared, in one line.
std::string metricsSummary(const Metrics& metrics);

// All counters as "name=value", in one line.
std::string metricsDetails(const Metrics& metrics);

// Logs the summary at info and the details at debug.
void logMetrics(const Metrics& metrics);

}  // namespace pi::scheduler
