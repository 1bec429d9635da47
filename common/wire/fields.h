// Converts single fields of the schema's structures.  For this folder only.
#pragma once

#include <capnp/blob.h>
#include <capnp/list.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "common/base/clock.h"
#include "common/model/job.h"
#include "common/model/sampler.h"
#include "common/model/worker_info.h"
#include "common/wire/wire.h"

namespace pi::fields {

// Throws a kj::Exception with this sentence.
[[noreturn]] void refuse(const std::string& sentence);
void require(bool belief, const char* sentence);

// Text that a log or a terminal can show unchanged.
std::string textFrom(capnp::Text::Reader from, std::size_t bytesMax, const char* what);

Duration durationFrom(std::uint64_t nanoseconds);
std::uint64_t nanosecondsOf(Duration duration);  // 0 for a negative one.

// Numbers of samples by stratum, at most 2^63 in all.
std::array<std::uint64_t, kStrataMax> strataFrom(WireHits::Reader from);
// Writes the strata without the zeros at the end.  `init` makes the list.
template <typename Init>
void strataToWire(std::span<const std::uint64_t> strata, Init init) {
  std::size_t used = strata.size();
  while (used > 0 && strata[used - 1] == 0) --used;
  WireHits::Builder to = init(static_cast<unsigned>(used));
  for (unsigned i = 0; i < used; ++i) to.set(i, strata[i]);
}

WorkerState stateFrom(wire::WorkerState from);
JobState stateFrom(wire::JobState from);

}  // namespace pi::fields
