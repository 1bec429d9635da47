// The panels of 'pi-client top', one below the other, and how they share the screen.
#pragma once

#include <cstddef>
#include <vector>

#include "client/top/layout.h"

namespace pi::client::top {

// The lines of each panel, its title among them; 0: it is left out.
struct Heights {
  std::size_t jobs = 0;
  std::size_t workers = 0;
  std::size_t chart = 0;
  std::size_t log = 0;
};

// Divides `rows` lines.  `jobs` and `workers` are the numbers of those that are shown.  If there is
// little room, the log is left out first, then the chart, then the workers.
Heights heightsFor(std::size_t rows, std::size_t jobs, std::size_t workers);

// Each panel has exactly `height` lines.
std::vector<Line> jobsPanel(const State& state, std::size_t columns, std::size_t height, Look look);
std::vector<Line> workersPanel(const State& state, std::size_t columns, std::size_t height,
                               Look look);
std::vector<Line> chartPanel(const State& state, std::size_t columns, std::size_t height,
                             Look look);
std::vector<Line> logPanel(const State& state, std::size_t columns, std::size_t height, Look look);

}  // namespace pi::client::top
