#include <array>

#include "common/base/check.h"
#include "worker/kernels/kernel.h"
#include "worker/kernels/random_kernel.h"
#include "worker/kernels/sobol.h"

namespace pi::kernels {
namespace {

template <const RandomKernel& kRandom, const WalkNet& kWalkNet>
Hits compute(Stream stream, SampleRange range, const StopFlag* stop) {
  switch (stream.sampler) {
    case Sampler::kRandom:
      return {{hitsOfRange(kRandom, stream.seed, range, stop)}};
    case Sampler::kSobol:
      return sobolHitsIn(stream.seed, range, kWalkNet, stop);
  }
  PI_CHECK(isKnown(stream.sampler));
  return {};
}

template <const RandomKernel& kRandom, const WalkNet& kWalkNet>
constexpr Kernel kernel(std::string_view name, bool (*isSupported)()) {
  return {.name = name, .compute = &compute<kRandom, kWalkNet>, .isSupported = isSupported};
}

bool isAlwaysSupported() { return true; }
constexpr Kernel kPortable =
    kernel<kPortableRandom, kPortableWalkNet>("portable", &isAlwaysSupported);

#if defined(__x86_64__)

bool isAvx2Supported() { return __builtin_cpu_supports("avx2"); }
bool isAvx512Supported() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("popcnt");
}
constexpr std::array kKernels{kernel<kAvx512Random, kAvx512WalkNet>("avx512", &isAvx512Supported),
                              kernel<kAvx2Random, kAvx2WalkNet>("avx2", &isAvx2Supported),
                              kernel<kSse2Random, kSse2WalkNet>("sse2", &isAlwaysSupported),
                              kPortable};

#elif defined(__aarch64__)
constexpr std::array kKernels{kernel<kNeonRandom, kNeonWalkNet>("neon", &isAlwaysSupported),
                              kPortable};
#else
constexpr std::array kKernels{kPortable};
#endif

}  // namespace

std::span<const Kernel> all() { return kKernels; }

const Kernel& best() {
  for (const Kernel& kernel : all()) {
    if (kernel.isSupported()) return kernel;
  }
  return all().back();
}

const Kernel* find(std::string_view name) {
  for (const Kernel& kernel : all()) {
    if (kernel.name == name) return &kernel;
  }
  return nullptr;
}

}  // namespace pi::kernels
