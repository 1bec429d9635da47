// Compares the NEON kernel with the portable one and with the golden values; for an emulator.
#include <cstdio>
#include <random>

#include "worker/kernels/kernel.h"

int main() {
  using namespace pi::kernels;
  const Kernel* neon = find("neon");
  const Kernel* portable = find("portable");
  if (neon == nullptr || !answersCorrectly(*neon)) {
    std::puts("neon fails the self-test");
    return 1;
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 20; ++i) {
    std::uint64_t size = random() % (pi::kBlockSamples / 2);
    std::uint64_t begin = i == 0 ? pi::kSamplesEnd - size : random() % (pi::kSamplesEnd - size);
    pi::Stream stream{.seed = random(), .sampler = pi::Sampler::kRandom};
    pi::SampleRange range{.begin = begin, .end = begin + size};
    if (neon->hitsIn(stream, range) == portable->hitsIn(stream, range)) continue;
    std::printf("neon differs in a range from %llu\n", static_cast<unsigned long long>(begin));
    return 1;
  }
  return 0;
}
