// Plays stories of elastic workers: many seeds, or one with a trace.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/simulation/allocation/story.h"

int main(int argc, char** argv) {
  using namespace pi::simulation;
  bool isTrace = argc == 3 && std::string_view(argv[1]) == "--trace";
  bool isMany = argc == 3 && !isTrace;
  if (!isTrace && !isMany) {
    std::fprintf(stderr, "usage: simulate_allocations FROM COUNT | --trace SEED\n");
    return 2;
  }
  unsigned long long from = std::strtoull(argv[isTrace ? 2 : 1], nullptr, 10);
  unsigned long long count = isTrace ? 1 : std::strtoull(argv[2], nullptr, 10);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // In order with the message of a PI_CHECK.
  for (unsigned long long seed = from; seed < from + count; ++seed) {
    AllocationOutcome outcome = playAllocations(seed, isTrace);
    if (outcome.wrong.empty()) continue;
    std::printf("seed %llu fails: %s\n", seed, outcome.wrong.c_str());
    return 1;
  }
  std::printf("%llu seeds from %llu: all promises kept\n", count, from);
  return 0;
}
