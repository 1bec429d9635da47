// The plot of a scaling measurement.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "client/scaling_fit.h"

namespace pi::client {

// An SVG document, legible from the back of a lecture room: the speed-up over the threads, with the
// range of the rounds, the ideal line, and the law with the fitted serial fraction.  `caption` is
// printable text that describes the measurement.
std::string scalingPlot(ScalingMode mode, std::span<const ScalingRow> rows,
                        const std::optional<SerialFraction>& fraction, const std::string& caption);

}  // namespace pi::client
