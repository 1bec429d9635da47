// How much of this machine the process uses.
#pragma once

#include <cstdint>

namespace pi::scheduler::http {

struct ProcessFigures {
  double cpuSeconds = 0;
  std::uint64_t residentBytes = 0;
  std::uint64_t virtualBytes = 0;
  std::uint64_t openFiles = 0;
  std::uint64_t openFilesMax = 0;
};

// A figure that the system does not tell is 0.
ProcessFigures processFigures();

}  // namespace pi::scheduler::http
