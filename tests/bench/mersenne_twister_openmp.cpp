// The estimate as a typical program with C++ and OpenMP: one generator per thread, one loop, a sum.
//   mersenne_twister_openmp SAMPLES      (threads: OMP_NUM_THREADS)
// Prints the samples per second, without the time to start the process.
#include <omp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/bench/mersenne_twister.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: mersenne_twister_openmp SAMPLES\n");
    return 2;
  }
  auto share = static_cast<std::uint64_t>(std::atof(argv[1])) /
               static_cast<std::uint64_t>(omp_get_max_threads());
  std::uint64_t hits = 0, samples = 0;
  auto begin = std::chrono::steady_clock::now();
#pragma omp parallel reduction(+ : hits, samples)
  {
    std::mt19937 random(2017 + static_cast<unsigned>(omp_get_thread_num()));
    hits += pi::hitsByMersenneTwister(random, share);
    samples += share;
  }
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  std::fprintf(stderr, "pi = %.6f\n", 4 * static_cast<double>(hits) / static_cast<double>(samples));
  std::printf("%.6e\n", static_cast<double>(samples) / taken.count());
}
