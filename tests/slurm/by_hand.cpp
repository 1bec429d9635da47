// A Slurm with two nodes, for trying things by hand and for the tutorial's test:
//
//   slurm_by_hand
//
// It prints the variables by which programs find this Slurm, one a line, then an empty line.  It
// ends, with all jobs, when its input ends.  Without a Slurm on this machine: exit code 1.
#include <exception>
#include <iostream>
#include <string>

#include "tests/slurm/slurm.h"

int main() {
  using namespace pi::cluster;
  if (auto why = whyNoSlurm()) {
    std::cerr << "slurm_by_hand: " << *why << "\n";
    return 1;
  }
  try {
    const Slurm slurm({.nodes = 2, .cpusPerNode = 1});
    for (const auto& [name, value] : slurm.environment()) std::cout << name << "=" << value << "\n";
    std::cout << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
    }
  } catch (const std::exception& problem) {
    std::cerr << "slurm_by_hand: " << problem.what() << "\n";
    return 1;
  }
  return 0;
}
