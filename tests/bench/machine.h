// The machine that a benchmark runs on, and how many vector operations its cores begin in a cycle.
#pragma once

#include <string>

// The part of a cycle that an operation takes.  "Speed" in STREAM.md explains
// the numbers.  All are zero for a CPU that is not known.
struct VectorCosts {
  double wide = 0;      // 512-bit operations.
  double narrow = 0;    // Operations on shorter vectors.
  double mask = 0;      // Operations on masks, and moves from them.
  double popcount = 0;  // Counts of bits, as far as they take a vector operation's place.
};

struct Machine {
  std::string name;
  VectorCosts costs;
};

// Reads /proc/cpuinfo.
Machine thisMachine();
